package check_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalock/internal/awsprovider"
	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/awstest"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/sandbox"
	"datalock/internal/testkit/testbucket"
	"datalock/internal/testkit/tftest"

	"gotest.tools/v3/golden"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// TestRenewPlans makes the plans in testdata/plans anew: it synthesises the
// base, deploys it to the local S3 server, and has Terraform plan each change.
// It runs with -update alone and takes some ten minutes; -run picks plans:
//
//	go test ./internal/check -timeout 60m -update -run TestRenewPlans/governance
func TestRenewPlans(t *testing.T) {
	if !golden.FlagUpdate() {
		return
	}
	tf := tftest.Find(t)
	// The other server knows the same keys, or it would not even say that it
	// has no such bucket.
	t.Setenv("DATALOCK_ROOT_ACCESS_KEY", "rootaccess")
	t.Setenv("DATALOCK_ROOT_SECRET_KEY", "rootsecret")
	server, other := s3test.Start(t, "--tls"), s3test.Start(t, "--tls")
	l := planFactory{
		tf:     tf,
		server: server.Endpoint,
		other:  other.Endpoint,
		base:   map[origin]stackJSON{},
		state:  map[origin]stackJSON{},
	}
	l.tf.Env = append(l.tf.Env, "AWS_ACCESS_KEY_ID="+server.AccessKey, "AWS_SECRET_ACCESS_KEY="+server.SecretKey,
		"AWS_CA_BUNDLE="+bundle(t, server, other))
	l.addMirror(t)
	sts := httptest.NewServer(http.HandlerFunc(answerAsSTS))
	t.Cleanup(sts.Close)
	l.sts = sts.URL
	l.deploy(t)
	l.deployWhole(t)
	makeForeign(t, testbucket.Hand{Client: testbucket.Client(t, server)})
	for _, f := range append(slices.Clone(passing), failing...) {
		if f.plan != "" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			out, err := l.plan(t, f)
			if err != nil {
				t.Fatalf("terraform plan: %v\n%s", err, out)
			}
			l.keep(t, planFile(f.name), out)
		})
	}
	t.Run("unjudged", l.renewUnjudged)
}

// bundle writes a file with the certificates of some servers. The policies
// that the plans deploy deny plain HTTP.
func bundle(t *testing.T, servers ...s3test.Server) string {
	file, all := filepath.Join(t.TempDir(), "ca.pem"), ""
	for _, server := range servers {
		all += server.CAPEM + "\n"
	}
	if err := os.WriteFile(file, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// answerAsSTS lets everybody assume every role, and calls all of them
// otherAccount.
func answerAsSTS(w http.ResponseWriter, r *http.Request) {
	const namespace = `xmlns="https://sts.amazonaws.com/doc/2011-06-15/"`
	if r.FormValue("Action") == "AssumeRole" {
		fmt.Fprintf(w, `<AssumeRoleResponse %s><AssumeRoleResult><Credentials><AccessKeyId>key</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, namespace)
		return
	}
	fmt.Fprintf(w, `<GetCallerIdentityResponse `+
		`%[2]s><GetCallerIdentityResult><Arn>arn:aws:iam::%[1]s:root</Arn><UserId>%[1]s</UserId><Account>%[1]s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, otherAccount, namespace)
}

// renewUnjudged makes what Terraform writes and no gate may take for a plan
// that passes.
func (l planFactory) renewUnjudged(t *testing.T) {
	file := func(name string) string { return filepath.Join("testdata", "unjudged", name+".json") }
	broken := several(set("variable.ready", map[string]any{"default": false}), set(bucketAt+".lifecycle", map[string]any{
		"precondition": []any{map[string]any{"condition": "${var.ready}", "error_message": "It is not ready."}}}))
	for name, f := range map[string]fixture{
		"errored":           {change: broken},
		"targeted":          {args: []string{"-target=aws_s3_bucket.bucket"}},
		"refresh-only":      {from: refreshed, state: drift, args: []string{"-refresh-only"}},
		"refresh-only-gone": {from: elsewhere, args: []string{"-refresh-only"}},
		"log":               {args: []string{"-json"}},
	} {
		out, err := l.plan(t, f)
		if failed := err != nil; failed != (name == "errored") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		l.keep(t, file(name), out)
	}
	dir := l.write(t, l.base[deployed], l.state[deployed], l.tf)
	l.keep(t, file("state"), l.tf.Run(t, dir, "show", "-json"))
}

// A planFactory makes plans.
type planFactory struct {
	tf                 tftest.Terraform
	server, other, sts string
	// base and state are the stack and the state of each origin.
	base, state map[origin]stackJSON
	// whole is for plans of the whole topology.
	whole tftest.Terraform
}

func clone(s stackJSON) stackJSON {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	var copied stackJSON
	if err := json.Unmarshal(text, &copied); err != nil {
		panic(err)
	}
	return copied
}

func read(t *testing.T, path string) stackJSON {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s stackJSON
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// deploy applies the base once with everything that some origin has, and once
// in modules. Each origin's state is a part of one of the two.
func (l planFactory) deploy(t *testing.T) {
	out := apptest.Synth(t, []byte(strings.Replace(baseSettings, "ENDPOINT", l.server, 1)))
	base := read(t, filepath.Join(out, "stacks", "training-data", "cdk.tf.json"))
	base.set("terraform.backend.local.path", "terraform.tfstate")
	whole := clone(base)
	addObject(whole)
	addLogs(whole)
	state := l.apply(t, whole)
	modules := clone(base)
	intoModules(modules)

	l.base[nothing], l.base[foreign] = base, base
	for _, o := range []origin{deployed, refreshed, elsewhere} {
		l.base[o], l.state[o] = base, part(state, "aws_s3_object", "logs")
	}
	l.base[unmanaged], l.state[unmanaged] = base, part(state, "aws_s3_object", "logs",
		"aws_s3_bucket_object_lock_configuration")
	l.base[withObject], l.state[withObject] = with(base, addObject), part(state, "logs")
	l.base[withLogs], l.state[withLogs] = with(base, addLogs), part(state, "aws_s3_object")
	l.base[withKey], l.state[withKey] = with(base, addKey), part(state, "aws_s3_object", "logs")
	l.state[withKey]["resources"] = append(l.state[withKey]["resources"].([]any), keyState())
	l.base[withImported], l.state[withImported] = with(base, addImported), part(state, "aws_s3_object", "logs")
	l.state[withImported]["resources"] = append(l.state[withImported]["resources"].([]any), importedState())
	l.base[modular], l.state[modular] = base, l.apply(t, modules)
}

func with(base stackJSON, add func(stackJSON)) stackJSON {
	s := clone(base)
	add(s)
	return s
}

// part returns a state without the resources of some types or names.
func part(state stackJSON, without ...string) stackJSON {
	s := clone(state)
	s["resources"] = slices.DeleteFunc(s["resources"].([]any), func(r any) bool {
		resource := r.(map[string]any)
		return slices.Contains(without, resource["type"].(string)) || slices.Contains(without, resource["name"].(string))
	})
	return s
}

// keyState is what the state has of a KMS key.
func keyState() map[string]any {
	return map[string]any{
		"mode": "managed", "type": "aws_kms_key", "name": "key",
		"provider": `provider["registry.terraform.io/hashicorp/aws"]`,
		"instances": []any{map[string]any{"schema_version": 0, "attributes": map[string]any{
			"arn": keyARN, "id": "01234567-89ab-cdef-0123-456789abcdef", "key_id": "01234567-89ab-cdef-0123-456789abcdef",
			"description": "Encrypts an immutable bucket.", "deletion_window_in_days": 30, "enable_key_rotation": true,
			"is_enabled":                         true,
			"bypass_policy_lockout_safety_check": false, "custom_key_store_id": "",
			"customer_master_key_spec": "SYMMETRIC_DEFAULT",
			"key_usage":                "ENCRYPT_DECRYPT", "multi_region": false, "policy": keyPolicy,
			"rotation_period_in_days": 365,
			"tags":                    map[string]any{}, "tags_all": map[string]any{}, "xks_key_id": "",
		}}},
	}
}

// importedState is what the state has of a key with imported material.
func importedState() map[string]any {
	return map[string]any{
		"mode": "managed", "type": "aws_kms_external_key", "name": "key",
		"provider": `provider["registry.terraform.io/hashicorp/aws"]`,
		"instances": []any{map[string]any{"schema_version": 0, "attributes": map[string]any{
			"arn": keyARN, "id": "01234567-89ab-cdef-0123-456789abcdef", "description": "Encrypts an immutable bucket.",
			"deletion_window_in_days": 30,
			"enabled":                 true, "bypass_policy_lockout_safety_check": false,
			"expiration_model": "KEY_MATERIAL_DOES_NOT_EXPIRE", "key_material_base64": keyMaterial,
			"key_state": "Enabled", "key_usage": "ENCRYPT_DECRYPT", "multi_region": false, "policy": keyPolicy,
			"tags": map[string]any{}, "tags_all": map[string]any{}, "valid_to": "",
		}}},
	}
}

// addMirror gives Terraform a second provider, the same under another name, and
// OpenTofu one too.
func (l *planFactory) addMirror(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(tftest.Mirror(), "registry.terraform.io", "hashicorp", "aws")
	for _, name := range []string{
		"registry.terraform.io/hashicorp", "registry.terraform.io/acme",
		"registry.opentofu.org/hashicorp",
	} {
		// Terraform follows links to packages, and to no folder above them.
		err := filepath.WalkDir(real, func(path string, entry os.DirEntry, err error) error {
			packed := strings.HasSuffix(path, ".zip")
			platform := entry != nil && entry.IsDir() && strings.Contains(entry.Name(), "_")
			if err != nil || !packed && !platform {
				return err
			}
			under, err := filepath.Rel(real, path)
			if err != nil {
				return err
			}
			link := filepath.Join(dir, filepath.FromSlash(name), "aws", under)
			if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
				return err
			}
			if err := os.Symlink(path, link); err != nil || !platform {
				return err
			}
			return filepath.SkipDir
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "terraformrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l.tf.Env = append(l.tf.Env, "TF_CLI_CONFIG_FILE="+config)
}

// write writes a stack, its modules and its state into a new folder.
func (l planFactory) write(t *testing.T, s, state stackJSON, tf tftest.Terraform) string {
	dir := t.TempDir()
	s = clone(s)
	modules, _ := s["modules"].(map[string]any)
	delete(s, "modules")
	files := map[string]any{"cdk.tf.json": s}
	for name, module := range modules {
		files[name+"/main.tf.json"] = module
	}
	if state != nil {
		files["terraform.tfstate"] = state
	}
	for name, content := range files {
		text, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte(`"`+stsURL+`"`), []byte(`"`+l.sts+`"`))
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tf.Run(t, dir, "init")
	return dir
}

// deployWhole applies the whole topology.
func (l *planFactory) deployWhole(t *testing.T) {
	l.whole = l.tf.With(awstest.Start(t).Env()).With(map[string]string{"AWS_ENDPOINT_URL_S3": l.server})
	path := filepath.Join(apptest.Synth(t, []byte(wholeSettings)), "stacks", "training-data", "cdk.tf.json")
	if err := errors.Join(tftest.Lighten(path), awsprovider.InOneRegion(path)); err != nil {
		t.Fatal(err)
	}
	base := read(t, path)
	base.set("terraform.backend.local.path", "terraform.tfstate")
	with := *l
	with.tf = l.whole
	l.base[whole], l.state[whole] = base, with.apply(t, base)
	l.base[wholeNothing] = base
}

// apply deploys a stack and has its state say what the server then has.
func (l planFactory) apply(t *testing.T, s stackJSON) stackJSON {
	dir := l.write(t, s, nil, l.tf)
	l.tf.Run(t, dir, "apply", "-auto-approve")
	l.tf.Run(t, dir, "apply", "-refresh-only", "-auto-approve")
	return read(t, filepath.Join(dir, "terraform.tfstate"))
}

// plan makes one plan and returns its JSON, or what Terraform said where it
// wrote no plan.
func (l planFactory) plan(t *testing.T, f fixture) ([]byte, error) {
	stack, state := clone(l.base[f.from]), l.state[f.from]
	if f.change != nil {
		f.change(stack)
	}
	if state != nil {
		state = clone(state)
		if f.state != nil {
			f.state(state)
		}
	}
	args := []string{"plan", "-out=plan"}
	switch f.from {
	case refreshed, foreign:
	case elsewhere:
		stack.set("provider.aws.0.endpoints.0.s3", l.other)
	default:
		args = append(args, "-refresh=false")
	}
	tf := l.tf
	if f.from == whole || f.from == wholeNothing {
		tf = l.whole
	}
	if f.tofu {
		path, err := exec.LookPath("tofu")
		if err != nil {
			sandbox.Skip(t, "there is no tofu on PATH")
		}
		tf.Path = path
	}
	dir := l.write(t, stack, state, tf)
	out, err := tf.Try(dir, append(args, f.args...)...)
	if slices.Contains(f.args, "-json") {
		return out, err
	}
	if shown, failed := tf.Try(dir, "show", "-json", "plan"); failed == nil {
		out = shown
	}
	return out, err
}

// keep writes a file of testdata.
func (l planFactory) keep(t *testing.T, file string, text []byte) {
	for real, plain := range map[string]string{
		l.server: "https://localhost:9000",
		l.other:  "https://localhost:9001",
		l.sts:    "http://localhost:9002",
	} {
		text = bytes.ReplaceAll(text, []byte(real), []byte(plain))
	}
	if stripped, err := strip(text); err == nil {
		text = stripped
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func planFile(name string) string { return filepath.Join("testdata", "plans", name+".json") }

// strip drops from a plan what is large and no rule looks at, and what differs
// from run to run.
func strip(text []byte) ([]byte, error) {
	var plan stackJSON
	if err := json.Unmarshal(text, &plan); err != nil {
		return nil, err
	}
	for _, key := range []string{"timestamp", "checks", "relevant_attributes", "output_changes"} {
		delete(plan, key)
	}
	var walk func(value any)
	walk = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for _, key := range []string{
				"before_sensitive", "after_sensitive", "sensitive_values", "outputs", "grant", "check_results",
			} {
				delete(v, key)
			}
			if _, is := v["schema_version"]; is {
				delete(v, "values")
			}
			if constant, is := v["constant_value"].(string); is && len(constant) > 200 {
				v["constant_value"] = constant[:200]
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(map[string]any(plan))
	stripped, err := json.MarshalIndent(plan, "", "")
	return append(stripped, '\n'), err
}
