package awsprovider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"datalock/internal/awsprovider"
)

func TestWithoutEndpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cdk.tf.json")
	text := `{"provider":{"aws":[{"endpoints":[{"s3":"https://127.0.0.1:1"}],"region":"r"}]},"terraform":{}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := awsprovider.WithoutEndpoints(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var compact map[string]any
	if err := json.Unmarshal(got, &compact); err != nil {
		t.Fatal(err)
	}
	plain, _ := json.Marshal(compact)
	if want := `{"provider":{"aws":[{"region":"r"}]},"terraform":{}}`; string(plain) != want {
		t.Errorf("got  %s\nwant %s", plain, want)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := awsprovider.WithoutEndpoints(path); err == nil {
		t.Error("what isn't JSON was accepted")
	}
}
