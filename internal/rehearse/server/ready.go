package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"datalock/internal/rehearse/server/internal/identity"
)

// readySchema is the version of the ready line's shape.
const readySchema = 1

// ready is the line that the server prints when it takes requests.
type ready struct {
	Schema   int    `json:"schema"`
	Endpoint string `json:"endpoint"`
	// PlainEndpoint is the same server without TLS, for those who want to see
	// it refused; empty without --tls.
	PlainEndpoint string `json:"plain_endpoint,omitempty"`
	Region        string `json:"region"`
	AccountID     string `json:"account_id"`
	// AccessKey and SecretKey are root's, which are also among the users.
	AccessKey string                 `json:"access_key"`
	SecretKey string                 `json:"secret_key"`
	Users     map[identity.Name]user `json:"users"`
	PID       int                    `json:"pid"`
	Dir       string                 `json:"dir"`
	Temporary bool                   `json:"temporary"`
	// CAPEM and CAFile hold the certificate that signs for the endpoint; both
	// are empty without --tls.
	CAPEM    string            `json:"ca_pem,omitempty"`
	CAFile   string            `json:"ca_file,omitempty"`
	Enforced []string          `json:"enforced"`
	Kept     []string          `json:"kept_not_enforced"`
	Gaps     []string          `json:"known_gaps"`
	Versions map[string]string `json:"versions"`
}

type user struct {
	ARN string `json:"arn"`
	identity.Key
}

func (r ready) print(out io.Writer) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the ready line: %w", err)
	}
	if _, err := fmt.Fprintf(out, "%s\n", line); err != nil {
		return fmt.Errorf("print the ready line: %w", err)
	}
	return nil
}

// newReady fills in everything but the endpoint and the certificate.
func newReady(opts options, data *folder, keys map[identity.Name]identity.Key) ready {
	users := map[identity.Name]user{}
	for name, key := range keys {
		users[name] = user{name.ARN(), key}
	}
	return ready{
		Schema: readySchema, Region: opts.region, AccountID: identity.AccountID,
		AccessKey: keys[identity.Root].Access, SecretKey: keys[identity.Root].Secret,
		Users: users, PID: os.Getpid(), Dir: data.path, Temporary: data.temporary,
		Enforced: enforced(), Kept: kept(), Gaps: gaps(opts.tls), Versions: versions(),
	}
}

// versions names what the server is made of.
func versions() map[string]string {
	found := map[string]string{"go": runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	for _, module := range info.Deps {
		if module.Path == "github.com/versity/versitygw" {
			found["versitygw"] = module.Version
		}
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			found["revision"] = setting.Value
		}
	}
	return found
}
