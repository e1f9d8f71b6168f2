package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"datalock/internal/rehearse/server/internal/identity"
)

// asServer makes the test binary run main: the tests start the real program,
// as versitygw can run once in a process.
const asServer = "DATALOCK_TEST_RUN_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asPlain) != "" {
		if err := runPlain(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(asServer) != "" {
		main()
		return
	}
	if dir := os.Getenv(asJanitor); dir != "" {
		runJanitor(dir)
		return
	}
	os.Exit(runTests(m))
}

// running is a started server.
type running struct {
	ready
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *strings.Builder
	exited chan error
}

// command prepares the server without starting it.
func command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), asServer+"=1"), env...)
	return cmd
}

// startServer starts a server and waits until it is ready; it is stopped when
// the test ends, and ends by itself should the tests be killed.
func startServer(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	s := &running{
		cmd:    command(env, append(args, "--stop-with-stdin")...),
		stderr: &strings.Builder{},
		exited: make(chan error, 1),
	}
	s.cmd.Stderr = s.stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.stdout = bufio.NewReader(stdout)
	line, err := s.stdout.ReadBytes('\n')
	if err != nil {
		_ = s.cmd.Wait()
		t.Fatalf("no ready line: %v\n%s", err, s.stderr)
	}
	if err := json.Unmarshal(line, &s.ready); err != nil {
		t.Fatalf("ready line %s: %v", line, err)
	}
	go func() { s.exited <- s.cmd.Wait() }()
	t.Cleanup(func() { s.stop(t) })
	return s
}

// stop ends the server with an interrupt; a server that has ended is left
// alone.
func (s *running) stop(t *testing.T) {
	t.Helper()
	_ = s.cmd.Process.Signal(os.Interrupt)
	if err := s.wait(t); err != nil {
		t.Errorf("server: %v\n%s", err, s.stderr)
	}
}

// wait returns how the server exited.
func (s *running) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.exited:
		s.exited <- err
		return err
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		t.Fatal("the server didn't stop within 20 s")
		return nil
	}
}

// forgive forgets how an ended server exited: the test killed it.
func (s *running) forgive() {
	<-s.exited
	s.exited <- nil
}

// as returns a client with an account's keys.
func (s *running) as(name identity.Name) *s3.Client {
	return s.with(s.Users[name].Key)
}

func (s *running) with(key identity.Key, optFns ...func(*s3.Options)) *s3.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.CAPEM))
	return s3.New(s3.Options{
		HTTPClient: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		}},
		BaseEndpoint: aws.String(s.Endpoint), Region: s.Region, UsePathStyle: true,
		RetryMaxAttempts: 1, RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: key.Access, SecretAccessKey: key.Secret}, nil
		}),
	}, optFns...)
}

// code returns the error code of S3's answer, and "" for success.
func code(err error) string {
	if err == nil {
		return ""
	}
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return err.Error()
}

// want fails the test unless the answer has the code.
func want(t *testing.T, what string, err error, codes ...string) {
	t.Helper()
	got := code(err)
	for _, code := range codes {
		if got == code {
			return
		}
	}
	t.Errorf("%s: got %q, want %q", what, got, codes)
}

// lockedBucket makes a bucket with Object Lock and a default retention.
func lockedBucket(t *testing.T, client *s3.Client, name string, rule *types.DefaultRetention) {
	t.Helper()
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                     &name,
		ObjectLockEnabledForBucket: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	setDefault(t, client, name, rule)
}

func setDefault(t *testing.T, client *s3.Client, bucket string, rule *types.DefaultRetention) {
	t.Helper()
	config := &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
	if rule != nil {
		config.Rule = &types.ObjectLockRule{DefaultRetention: rule}
	}
	_, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket:                  &bucket,
		ObjectLockConfiguration: config,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func days(mode types.ObjectLockRetentionMode, n int32) *types.DefaultRetention {
	return &types.DefaultRetention{Mode: mode, Days: aws.Int32(n)}
}

const (
	compliance = types.ObjectLockRetentionModeCompliance
	governance = types.ObjectLockRetentionModeGovernance
)
