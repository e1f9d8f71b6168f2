package client

import (
	"encoding/pem"
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

// commandPart is the part of the run that the program and its child processes
// are.
const commandPart = "command"

// Prefixes and suffixes of the user's variables that the program doesn't get:
// they hold credentials or lead to them.
var (
	droppedBeginnings = []string{"AWS_", "MC_HOST_", "RCLONE_S3_", "TF_TOKEN_"}
	droppedEndings    = []string{"_ACCESS_KEY", "_ACCESS_KEY_ID", "_SECRET_KEY", "_SESSION_TOKEN", "_SECURITY_TOKEN"}
)

// systemRoots are common locations of the trusted certificate authorities.
var systemRoots = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// An environment holds what a program needs to reach the bucket.
type environment struct {
	bucket, endpoint, ca string
	// folder holds the certificates, and nothing secret.
	folder    string
	variables map[string]string
}

// newEnvironment writes the recorder's certificate into a folder and returns
// the variables that direct programs to the recorder.
func newEnvironment(d rehearse.Deployed, r *recorder, environ []string) (environment, error) {
	folder := filepath.Join(d.Folder, "client")
	e := environment{bucket: d.Bucket, endpoint: r.endpoint, ca: filepath.Join(folder, "ca.pem"), folder: folder}
	bundle := filepath.Join(folder, "bundle.pem")
	certificates := map[string][]byte{e.ca: r.pem, bundle: append(rootsOf(environ), r.pem...)}
	if err := writeCertificates(folder, certificates); err != nil {
		return environment{}, err
	}
	writer := d.Server.Users["writer"]
	host := e.hostOnly()
	e.variables = map[string]string{
		"AWS_ACCESS_KEY_ID": writer.AccessKey, "AWS_SECRET_ACCESS_KEY": writer.SecretKey,
		"AWS_REGION": d.Region, "AWS_DEFAULT_REGION": d.Region,
		// s5cmd reads S3_ENDPOINT_URL.
		"AWS_ENDPOINT_URL": e.endpoint, "AWS_ENDPOINT_URL_S3": e.endpoint, "S3_ENDPOINT_URL": e.endpoint,
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CA_BUNDLE": e.ca, "NODE_EXTRA_CA_CERTS": e.ca,
		"SSL_CERT_FILE": bundle, "CURL_CA_BUNDLE": bundle, "REQUESTS_CA_BUNDLE": bundle,
		"DATALOCK_BUCKET": d.Bucket,
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		e.variables[name] = strings.TrimPrefix(value(environ, name)+","+host, ",")
	}
	if mistake := e.unmountable(); mistake == nil {
		e.variables[containerVariable] = e.inContainer()
	}
	return e, nil
}

// writeCertificates writes files into a folder that a container's user, who is
// seldom this one, can read where it is mounted.
func writeCertificates(folder string, files map[string][]byte) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("create the program's folder: %w", err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return fmt.Errorf("let containers read the program's folder: %w", err)
	}
	for path, text := range files {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return fmt.Errorf("write the recorder's certificate: %w", err)
		}
		// Whatever the umask is.
		if err := os.Chmod(path, 0o644); err != nil {
			return fmt.Errorf("let containers read the recorder's certificate: %w", err)
		}
	}
	return nil
}

// host returns the endpoint without its scheme; hostOnly also drops the port.
func (e environment) host() string { return strings.TrimPrefix(e.endpoint, "https://") }

func (e environment) hostOnly() string {
	u, err := url.Parse(e.endpoint)
	if err != nil {
		return e.host()
	}
	return u.Hostname()
}

// of returns the program's environment: the user's variables without the
// dropped ones, and those of the bucket.
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
		list = append(list, cleanup.Variable+"="+cleanup.Part(mark, commandPart))
	}
	return list
}

// exports returns the variables as export lines for a shell.
func (e environment) exports() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e.variables)) {
		list = append(list, "export "+name+"='"+strings.ReplaceAll(e.variables[name], "'", `'\''`)+"'")
	}
	return list
}

// containerVariable holds the arguments with which docker run and podman run
// give a container the variables and the certificates.
// https://docs.docker.com/reference/cli/docker/container/run/
const containerVariable = "DATALOCK_CONTAINER_ARGS"

// unmountable says why there are no such arguments, or nil: a shell splits them
// at spaces, and --volume at colons.
func (e environment) unmountable() error {
	if strings.ContainsAny(e.folder, ": \t\n*?[\\") {
		return fmt.Errorf("%s isn't set: the path %q has a character that can't be in it; use another TMPDIR or --keep",
			containerVariable, e.folder)
	}
	return nil
}

// inContainer returns the arguments for containerVariable. Their values come
// from the environment of docker or podman, so that no key is on a command line.
func (e environment) inContainer() string {
	list := []string{"--volume", e.folder + ":" + e.folder + ":ro"}
	for _, name := range slices.Sorted(maps.Keys(e.variables)) {
		list = append(list, "--env", name)
	}
	return strings.Join(list, " ")
}

// replace replaces the placeholders in an argument.
func (e environment) replace(argument string) string {
	return strings.NewReplacer("{bucket}", e.bucket, "{endpoint}", e.endpoint, "{host}", e.host(), "{ca}", e.ca).
		Replace(argument)
}

func dropped(name string) bool {
	upper := strings.ToUpper(name)
	return slices.ContainsFunc(droppedBeginnings, func(s string) bool { return strings.HasPrefix(upper, s) }) ||
		slices.ContainsFunc(droppedEndings, func(s string) bool { return strings.HasSuffix(upper, s) })
}

// value returns the value of a variable in an environment.
func value(environ []string, name string) string {
	found := ""
	for _, variable := range environ {
		if v, ok := strings.CutPrefix(variable, name+"="); ok {
			found = v
		}
	}
	return found
}

// rootsOf returns the certificates that the program would otherwise trust, or
// nothing. It leaves out the rest of the file, such as a private key.
func rootsOf(environ []string) []byte {
	for _, path := range append([]string{value(environ, "SSL_CERT_FILE")}, systemRoots...) {
		if path == "" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if found := certificatesIn(text); len(found) > 0 {
			return found
		}
	}
	return nil
}

// certificatesIn returns the certificates of a PEM file, without its other blocks
// and what is between them.
func certificatesIn(text []byte) []byte {
	var found []byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			found = append(found, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
		}
	}
	return found
}
