package rehearse

import (
	"os"
	"strings"
	"testing"

	"datalock/internal/rehearse/local"
)

func TestEnvironment(t *testing.T) {
	own := &local.Server{
		Ready: local.Ready{CAFile: "/ca.pem", Users: map[string]local.User{"root": {AccessKey: "A", SecretKey: "S"}}},
	}
	user := []string{
		"PATH=/bin", "HOME=/home/u", "TF_CLI_CONFIG_FILE=/home/u/rc", "TF_PLUGIN_CACHE_DIR=/cache", "=odd", "EMPTY=",
		"AWS_PROFILE=production", "AWS_ACCESS_KEY_ID=real", "AWS_ENDPOINT_URL=https://elsewhere", "AWS_REGION=eu-west-1",
		"TF_WORKSPACE=w", "TF_DATA_DIR=d", "TF_CLI_ARGS=-x", "TF_CLI_ARGS_plan=-x", "TF_VAR_a=b", "TF_LOG=trace",
		"TF_LOG_PATH=l", "TF_INPUT=1",
	}
	for _, c := range []struct {
		name   string
		server *local.Server
		more   []string
		want   map[string]string
		absent string
	}{
		{"on its own server", own, nil,
			map[string]string{"PATH": "/bin", "TF_CLI_CONFIG_FILE": "/home/u/rc", "TF_PLUGIN_CACHE_DIR": "/cache",
				"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S",
				"AWS_CA_BUNDLE": "/ca.pem", "AWS_CONFIG_FILE": os.DevNull, "CHECKPOINT_DISABLE": "1", "GOGC": "400", "EMPTY": "",
				"TMPDIR": "/temp"},
			"AWS_PROFILE AWS_ENDPOINT_URL AWS_REGION TF_WORKSPACE TF_DATA_DIR TF_CLI_ARGS TF_CLI_ARGS_plan TF_VAR_a TF_LOG " +
				"TF_LOG_PATH TF_INPUT"},
		{"on another server", nil, nil,
			map[string]string{"AWS_PROFILE": "production", "AWS_ACCESS_KEY_ID": "real", "AWS_REGION": "eu-west-1"},
			"AWS_CA_BUNDLE AWS_CONFIG_FILE TF_WORKSPACE TF_VAR_a"},
		{"with a choice of the user's", own, []string{"GOGC=off"}, map[string]string{"GOGC": "off"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := environment(append(user, c.more...), "/temp", c.server)
			for name, want := range c.want {
				if got, ok := env[name]; !ok || got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			for name := range strings.FieldsSeq(c.absent) {
				if got, ok := env[name]; ok {
					t.Errorf("%s is %q, want it gone", name, got)
				}
			}
		})
	}
}
