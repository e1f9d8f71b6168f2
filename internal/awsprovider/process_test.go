package awsprovider

import (
	"strings"
	"testing"
)

func TestReadReattach(t *testing.T) {
	const started = `Starting github.com/hashicorp/terraform-provider-aws@5.100.0 (go1.23.10)...
Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the following:

	TF_REATTACH_PROVIDERS='{"registry.terraform.io/hashicorp/aws":{"Protocol":"grpc","ProtocolVersion":5,"Pid":7,"Test":true,"Addr":{"Network":"unix","String":"/tmp/plugin1"}}}'
`
	info := readReattach(strings.NewReader(started))["registry.terraform.io/hashicorp/aws"]
	if info.Pid != 7 || info.ProtocolVersion != 5 || !info.Test || info.Addr.String != "/tmp/plugin1" {
		t.Errorf("read %+v", info)
	}
	for _, other := range []string{"", "flag provided but not defined: -debug\n", "TF_REATTACH_PROVIDERS='{'\n"} {
		if info := readReattach(strings.NewReader(other)); info != nil {
			t.Errorf("from %q: read %+v", other, info)
		}
	}
}
