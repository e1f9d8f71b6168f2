package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/report"
	"datalock/internal/testkit/s3test"
)

// TestServerOfTheEnvironment: a server that only the environment or a profile names is
// requested as one that --endpoint names, and the evidence names it.
func TestServerOfTheEnvironment(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	key := keyFile(t)
	profiles := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf("[profile local]\nendpoint_url = %[1]s\n[profile services]\nservices = here\n"+
		"[services here]\ns3 =\n  endpoint_url = %[1]s\n", server.Endpoint)
	if err := os.WriteFile(profiles, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := s3Tool(t, server, server.Endpoint, "publish", aFolder(t), "s3://data/set", "--yes",
		"--key", key); p.run(t) != exitOK {
		t.Fatal(p.err.String())
	}
	for _, named := range []string{
		"AWS_ENDPOINT_URL=" + server.Endpoint, "AWS_ENDPOINT_URL_S3=" + server.Endpoint, "AWS_PROFILE=local",
		"AWS_PROFILE=services",
	} {
		dir := filepath.Join(t.TempDir(), "report")
		p := tool(t, "{}", "verify", "s3://data/set", "--key", key, "--report", dir)
		p.Env = append(p.Env, named, "AWS_CONFIG_FILE="+profiles, "AWS_ACCESS_KEY_ID="+server.AccessKey,
			"AWS_SECRET_ACCESS_KEY="+server.SecretKey, "AWS_REGION="+server.Region)
		if got := p.run(t); got != exitOK {
			t.Errorf("%s: exit %d: %s%s", named, got, p.out.String(), p.err.String())
			continue
		}
		var r struct{ Server report.Server }
		text, err := os.ReadFile(filepath.Join(dir, "report.json"))
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil || r.Server.Endpoint != server.Endpoint || r.Server.Kind != report.Other {
			t.Errorf("%s: the report is of %+v, %v", named, r.Server, err)
		}
		statement, err := os.ReadFile(filepath.Join(dir, "report.intoto.json"))
		if err != nil || !strings.Contains(string(statement), `"DATALOCK_SERVER_`+server.Endpoint+`"`) {
			t.Errorf("%s: the statement is %s, %v", named, statement, err)
		}
	}
}
