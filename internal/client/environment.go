package client

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"datalock/internal/cleanup"
	"datalock/internal/rehearse"
)

// commandMark ends the mark of the program and of what it starts.
const commandMark = "/command"

// Variables of the user's that the program doesn't get: those that begin or end
// so. They hold credentials, or lead to some.
var (
	droppedBeginnings = []string{"AWS_", "MC_HOST_", "RCLONE_S3_", "TF_TOKEN_"}
	droppedEndings    = []string{"_ACCESS_KEY", "_ACCESS_KEY_ID", "_SECRET_KEY", "_SESSION_TOKEN", "_SECURITY_TOKEN"}
)

// systemRoots are where systems keep their certificate authorities.
var systemRoots = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// An environment is what a program needs to reach the bucket.
type environment struct {
	bucket, endpoint, ca string
	variables            map[string]string
}

// newEnvironment writes the recorder's certificate below a folder and returns
// the variables that lead programs to the recorder.
func newEnvironment(d rehearse.Deployed, r *recorder, environ []string) (environment, error) {
	folder := filepath.Join(d.Folder, "client")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return environment{}, fmt.Errorf("make the program's folder: %w", err)
	}
	e := environment{bucket: d.Bucket, endpoint: r.endpoint, ca: filepath.Join(folder, "ca.pem")}
	bundle := filepath.Join(folder, "bundle.pem")
	if err := os.WriteFile(e.ca, r.pem, 0o600); err != nil {
		return environment{}, fmt.Errorf("write the recorder's certificate: %w", err)
	}
	if err := os.WriteFile(bundle, append(rootsOf(environ), r.pem...), 0o600); err != nil {
		return environment{}, fmt.Errorf("write the recorder's certificate: %w", err)
	}
	writer := d.Server.Users["writer"]
	host := e.hostOnly()
	e.variables = map[string]string{
		"AWS_ACCESS_KEY_ID": writer.AccessKey, "AWS_SECRET_ACCESS_KEY": writer.SecretKey,
		"AWS_REGION": d.Region, "AWS_DEFAULT_REGION": d.Region,
		// The last one is s5cmd's.
		"AWS_ENDPOINT_URL": e.endpoint, "AWS_ENDPOINT_URL_S3": e.endpoint, "S3_ENDPOINT_URL": e.endpoint,
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CA_BUNDLE": e.ca, "NODE_EXTRA_CA_CERTS": e.ca,
		"SSL_CERT_FILE": bundle, "CURL_CA_BUNDLE": bundle, "REQUESTS_CA_BUNDLE": bundle,
		"DATALOCK_BUCKET": d.Bucket,
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		e.variables[name] = strings.TrimPrefix(value(environ, name)+","+host, ",")
	}
	return e, nil
}

// host returns the endpoint without its scheme, hostOnly without its port too.
func (e environment) host() string { return strings.TrimPrefix(e.endpoint, "https://") }

func (e environment) hostOnly() string {
	u, err := url.Parse(e.endpoint)
	if err != nil {
		return e.host()
	}
	return u.Hostname()
}

// of returns what the program is run with: the user's variables but for those
// dropped, and those of the bucket.
func (e environment) of(environ []string) []string {
	var list []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if _, ours := e.variables[name]; !ours && !dropped(name) {
			list = append(list, variable)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.variables)) {
		list = append(list, name+"="+e.variables[name])
	}
	if mark := value(environ, cleanup.Variable); mark != "" {
		list = append(list, cleanup.Variable+"="+mark+commandMark)
	}
	return list
}

// exports returns the variables as lines for a shell.
func (e environment) exports() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e.variables)) {
		list = append(list, "export "+name+"='"+strings.ReplaceAll(e.variables[name], "'", `'\''`)+"'")
	}
	return list
}

// replace puts the bucket's places into an argument.
func (e environment) replace(argument string) string {
	return strings.NewReplacer("{bucket}", e.bucket, "{endpoint}", e.endpoint, "{host}", e.host(), "{ca}", e.ca).
		Replace(argument)
}

func dropped(name string) bool {
	upper := strings.ToUpper(name)
	return slices.ContainsFunc(droppedBeginnings, func(s string) bool { return strings.HasPrefix(upper, s) }) ||
		slices.ContainsFunc(droppedEndings, func(s string) bool { return strings.HasSuffix(upper, s) })
}

// value returns a variable of an environment.
func value(environ []string, name string) string {
	found := ""
	for _, variable := range environ {
		if v, ok := strings.CutPrefix(variable, name+"="); ok {
			found = v
		}
	}
	return found
}

// rootsOf returns the certificates that the program would trust without us, or
// nothing.
func rootsOf(environ []string) []byte {
	for _, path := range append([]string{value(environ, "SSL_CERT_FILE")}, systemRoots...) {
		if path == "" {
			continue
		}
		if text, err := os.ReadFile(path); err == nil {
			return append(text, '\n')
		}
	}
	return nil
}
