package awsconfig_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/awsconfig"

	"github.com/aws/aws-sdk-go-v2/config"
)

// TestLoadIsSilent loads credentials from an instance whose metadata service
// knows only IMDSv1. The SDK warns about that on stderr; Load must not.
func TestLoadIsSilent(t *testing.T) {
	metadata := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(metadata.Close)
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.URL, "HOME": t.TempDir(),
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
	} {
		t.Setenv(name, value)
	}
	said := stderrOf(t, func() {
		if _, err := awsconfig.Load(t.Context(), "us-east-1"); !errors.Is(err, awsconfig.ErrNoCredentials) {
			t.Errorf("the error is %v, want ErrNoCredentials", err)
		}
	})
	if said != "" {
		t.Errorf("stderr has %q, want nothing", said)
	}
	// The twin: with its defaults the SDK does warn here.
	said = stderrOf(t, func() {
		c, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Credentials.Retrieve(t.Context()); err == nil {
			t.Error("there are credentials, want none")
		}
	})
	if !strings.Contains(said, "IMDSv1") {
		t.Errorf("the SDK says %q, and nothing about IMDSv1", said)
	}
}

func TestLoad(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	c, err := awsconfig.Load(t.Context(), "eu-central-1")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := c.Credentials.Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "id" || c.Region != "eu-central-1" {
		t.Errorf("got the key %q for %s, %v", keys.AccessKeyID, c.Region, err)
	}
}

func stderrOf(t *testing.T, do func()) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	old := os.Stderr
	os.Stderr = file
	defer func() { os.Stderr = old }()
	do()
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
