package rehearse

import (
	"os"
	"strings"

	"datalock/internal/cleanup"
	"datalock/internal/rehearse/local"
)

// dropped are the user's variables that would change the rehearsal, or that
// terraform-exec sets itself; a '*' stands for any ending.
var dropped = []string{
	"TF_WORKSPACE", "TF_DATA_DIR", "TF_CLI_ARGS*", "TF_VAR_*", "TF_INPUT", "TF_IN_AUTOMATION", "TF_LOG*",
	"TF_REATTACH_PROVIDERS", "TF_APPEND_USER_AGENT", "TF_DISABLE_PLUGIN_TLS", "TF_SKIP_PROVIDER_VERIFY",
}

// droppedOnOwn are also dropped on the rehearsal's own server, to keep the
// user's AWS configuration out of the rehearsal.
var droppedOnOwn = []string{"AWS_*"}

// terraformPart is the part of the run that terraform and its providers are.
const terraformPart = "terraform"

// environment returns terraform's environment: the user's variables without the
// dropped ones, a temporary folder, and the server's keys if it is the
// rehearsal's own.
func environment(environ []string, temp string, server *local.Server) map[string]string {
	env := map[string]string{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if name == "" || matches(name, dropped) || server != nil && matches(name, droppedOnOwn) {
			continue
		}
		env[name] = value
	}
	env["CHECKPOINT_DISABLE"] = "1"
	if mark := env[cleanup.Variable]; mark != "" {
		env[cleanup.Variable] = cleanup.Part(mark, terraformPart)
	}
	if env["GOGC"] == "" {
		// The provider spends a third of its time collecting garbage while it
		// builds its schema. Trade memory for less of it.
		env["GOGC"] = "400"
	}
	if server != nil {
		root := server.Users["root"]
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = root.AccessKey, root.SecretKey
		env["AWS_CONFIG_FILE"], env["AWS_SHARED_CREDENTIALS_FILE"] = os.DevNull, os.DevNull
		env["AWS_EC2_METADATA_DISABLED"] = "true"
		env["AWS_ENDPOINT_URL_S3"] = server.Endpoint
		if server.CAFile != "" {
			env["AWS_CA_BUNDLE"] = server.CAFile
		}
	}
	// Files that terraform and its providers leave when they are killed are
	// removed with the folder.
	env["TMPDIR"] = temp
	return env
}

func matches(name string, patterns []string) bool {
	for _, pattern := range patterns {
		if start, any := strings.CutSuffix(pattern, "*"); name == pattern || any && strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}
