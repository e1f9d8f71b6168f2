package tftest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/testkit/sandbox"
	"datalock/internal/testkit/tftest"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

const (
	heavy = `{"provider":{"aws":[{"endpoints":[{"s3":"e"}],"region":"r"}]},"resource":{
		"aws_s3_bucket_lifecycle_configuration":{"lifecycle":{}},
		"aws_s3_bucket":{"bucket":{"depends_on":["a.b","aws_s3_bucket_lifecycle_configuration.lifecycle"]}},
		"aws_s3_bucket_policy":{"policy":{"depends_on":["aws_s3_bucket_lifecycle_configuration.lifecycle"],"policy":"p"}}}}`
	light = `{"provider":{"aws":[{"region":"r"}]},"resource":{"aws_s3_bucket":{"bucket":{"depends_on":["a.b"]}},` +
		`"aws_s3_bucket_policy":{"policy":{"policy":"p"}}}}`
)

func TestLighten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cdk.tf.json")
	if err := os.WriteFile(path, []byte(heavy), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tftest.Lighten(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(value); string(got) != light || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, light)
	}
}
