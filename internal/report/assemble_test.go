package report

import (
	"testing"

	"datalock/internal/prove"
)

func TestKindOf(t *testing.T) {
	for endpoint, want := range map[string]string{
		"": AWS, "https://s3.eu-central-1.amazonaws.com": AWS, "https://s3.eu-central-1.amazonaws.com/": AWS,
		"https://s3.cn-north-1.amazonaws.com.cn": AWS, "https://s3.eusc-de-east-1.amazonaws.eu:443": AWS,
		"http://127.0.0.1:9000": Other, "https://minio.example.org/.amazonaws.com": Other, "https://amazonaws.com.example.org": Other,
	} {
		if got := KindOf(endpoint); got != want {
			t.Errorf("%q is %q, want %q", endpoint, got, want)
		}
	}
}

// TestLeftUndeletable: what the evidence bucket keeps isn't locked, but can't be
// deleted either.
func TestLeftUndeletable(t *testing.T) {
	v := prove.LeftVersion{Key: "k", Lock: "none", Denied: true}
	const denied = "the bucket policy denies deletion"
	if got := leftLock(v); got != "not locked; "+denied {
		t.Errorf("%q", got)
	}
	if got := leftText(Left{Versions: []prove.LeftVersion{v}}); got != "1 object version, none of them locked; "+denied {
		t.Errorf("%q", got)
	}
	v.Denied = false
	if got := leftLock(v); got != "not locked" {
		t.Errorf("%q", got)
	}
}
