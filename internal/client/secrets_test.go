package client

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"datalock/internal/client/judge"
	"datalock/internal/testkit/apptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestSecrets looks for secrets in everything that is written.
func TestSecrets(t *testing.T) {
	d := deployed(t, byDefault)
	users := map[string]string{
		"AWS_PROFILE":                        "users-profile",
		"AWS_SESSION_TOKEN":                  "users-session",
		"AWS_SECRET_ACCESS_KEY":              "users-secret",
		"AWS_SHARED_CREDENTIALS_FILE":        "/users/credentials",
		"AWS_WEB_IDENTITY_TOKEN_FILE":        "/users/token",
		"AWS_ROLE_ARN":                       "users-role",
		"MC_HOST_x":                          "users-mc",
		"RCLONE_CONFIG_X_SECRET_ACCESS_KEY":  "users-rclone",
		"TF_TOKEN_x":                         "users-tf",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "users-uri",
		"S3_SECRET_KEY":                      "users-s3",
	}
	r := try(t.Context(), t, d, func(o *Options) {
		for name, value := range users {
			o.Environ = append(o.Environ, name+"="+value)
		}
	}, "program secrets", "argument-secret")
	report, err := json.Marshal(r.report)
	if err != nil {
		t.Fatal(err)
	}
	if r.report.Requests != 15 || r.found(judge.Credentials, "") == nil {
		t.Errorf("%d requests:\n%s", r.report.Requests, Text(r.report))
	}
	written := map[string]string{
		"the record":   r.record,
		"the report":   string(report),
		"the text":     Text(r.report),
		"the Markdown": Markdown(r.report),
	}
	writer := d.Server.Users["writer"]
	for _, secret := range []string{
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "-secret", "Signature=", "Credential=",
		writer.AccessKey, writer.SecretKey,
	} {
		for what, text := range written {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %q", what, secret)
			}
		}
	}
	for name, text := range apptest.Files(t, d.Folder) {
		written[name] = text
	}
	if len(written) != 6 {
		t.Errorf("the folder holds %d files, want two", len(written)-4)
	}
	written["the program's environment"] = r.out
	for name, secret := range users {
		for what, text := range written {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %s: %q", what, name, secret)
			}
		}
	}
	if !strings.Contains(r.out, "AWS_SECRET_ACCESS_KEY="+writer.SecretKey) {
		t.Error("the program wasn't given the writer's key")
	}
	if !strings.Contains(r.record, `"signed":"query"`) ||
		!strings.Contains(r.record, `"x-amz-server-side-encryption-customer-algorithm":"AES256"`) {
		t.Errorf("the record lacks what is harmless:\n%s", r.record)
	}
}

// secrets sends everything that must not be kept.
func secrets(p program) error {
	key := "0123456789abcdef0123456789abcdef"
	_, _ = p.client.PutObject(p.ctx, &s3.PutObjectInput{
		Bucket:               &p.bucket,
		Key:                  aws.String("own-key"),
		Body:                 strings.NewReader("data"),
		SSECustomerAlgorithm: aws.String("AES256"),
		SSECustomerKey:       aws.String(key),
		Metadata:             map[string]string{"password": "metadata-secret"},
	})
	signed, err := s3.NewPresignClient(p.client).
		PresignPutObject(p.ctx, &s3.PutObjectInput{
			Bucket: &p.bucket, Key: aws.String("presigned"), ContentMD5: aws.String("jXd/OF09/siBXSD3SWAm3A=="),
		})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(p.ctx, signed.Method, signed.URL, strings.NewReader("data"))
	if err != nil {
		return err
	}
	request.Header = signed.SignedHeader
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	// The answer to a wrong signature repeats what was signed.
	request, err = http.NewRequestWithContext(
		p.ctx,
		http.MethodGet,
		os.Getenv("AWS_ENDPOINT_URL")+"/"+p.bucket+"/k",
		nil,
	)
	if err != nil {
		return err
	}
	wrong := aws.Credentials{
		AccessKeyID:     p.keys.AccessKeyID,
		SecretAccessKey: "wrong",
		SessionToken:    "session-token-secret",
	}
	if err := v4.NewSigner().
		SignHTTP(p.ctx, wrong, request, "UNSIGNED-PAYLOAD", "s3", os.Getenv("AWS_REGION"), time.Now()); err != nil {
		return err
	}
	if answer, err = http.DefaultClient.Do(request); err == nil {
		_ = answer.Body.Close()
	}
	fmt.Println(os.Environ())
	return first(err, p.refusedSecrets(), p.formSecrets())
}

// refusedSecrets sends what S3 can't read as a signature, and may repeat in its
// answer.
func (p program) refusedSecrets() error {
	object := os.Getenv("AWS_ENDPOINT_URL") + "/" + p.bucket + "/k"
	const scope = "key-secret/20261126/us-east-1/s3/aws4_request"
	for _, c := range []struct{ query, authorization string }{
		{"", "Bearer bearer-secret"},
		{"", "Basic basic-secret=="},
		{"", "AWS v2-key-secret:v2-signature-secret"},
		{"", "AWS4-HMAC-SHA256 component-secret, other-component-secret, Signature=signature-secret"},
		{"", "AWS4-HMAC-SHA256 Credential=credential-secret, SignedHeaders=host, Signature=signature-secret"},
		{"", "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host, Signature=signature-secret"},
		{"AWSAccessKeyId=query-key-secret&Expires=1&Signature=query-signature-secret", ""},
		{"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=query-credential-secret&X-Amz-Signature=query-signature-secret" +
			"&X-Amz-Security-Token=query-token-secret&X-Amz-Date=20261126T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host",
			""},
		{"X-Amz-Algorithm=algorithm-secret&X-Amz-Credential=" + scope + "&X-Amz-Signature=query-signature-secret" +
			"&X-Amz-Date=date-secret&X-Amz-Expires=expires-secret&X-Amz-SignedHeaders=host", ""},
		// Longer than a message that is kept, and with a component missing.
		{"", "AWS4-HMAC-SHA256 Credential=long-secret" + strings.Repeat("x", maxValue) + ", SignedHeaders=host, Signature=s"},
		{"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA/scope-secret/us-east-1/s3/aws4_request&X-Amz-Signature=s" +
			"&X-Amz-Date=20261126T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host", ""},
	} {
		request, err := http.NewRequestWithContext(p.ctx, http.MethodPut, object+"?"+c.query, strings.NewReader("data"))
		if err != nil {
			return err
		}
		for name, value := range map[string]string{
			"Authorization": c.authorization, "Cookie": "session=cookie-secret", "X-Amz-Tagging": "tag=tag-secret",
			"X-Amz-Security-Token": "header-token-secret", "X-Api-Key": "api-secret",
			"X-Amz-Date": time.Now().UTC().Format("20060102T150405Z"),
			"X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key": "copy-source-key-secret",
		} {
			if value != "" {
				request.Header.Set(name, value)
			}
		}
		if err := p.send(request); err != nil {
			return err
		}
	}
	return nil
}

// formSecrets uploads a form whose fields don't satisfy its own policy: the
// answer repeats the condition.
func (p program) formSecrets() error {
	day := time.Now().UTC().Format("20060102")
	scope := day + "/us-east-1/s3/aws4_request"
	conditions := `["eq","$x-amz-security-token","policy-secret"],["starts-with","$key",""]`
	policy := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"expiration":%q,"conditions":[%s]}`,
		time.Now().UTC().Add(time.Hour).Format("2006-01-02T15:04:05.000Z"), conditions))
	key := []byte("AWS4" + p.keys.SecretAccessKey)
	for _, part := range append(strings.Split(scope, "/"), policy) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{
		{"key", "form"}, {"policy", policy}, {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
		{"x-amz-credential", p.keys.AccessKeyID + "/" + scope}, {"x-amz-date", time.Now().UTC().Format("20060102T150405Z")},
		{"x-amz-security-token", "form-token-secret"}, {"x-amz-signature", hex.EncodeToString(key)},
	} {
		if err := form.WriteField(field[0], field[1]); err != nil {
			return err
		}
	}
	file, err := form.CreateFormFile("file", "file")
	if err == nil {
		_, err = file.Write([]byte("data"))
	}
	if err := errors.Join(err, form.Close()); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(p.ctx, http.MethodPost, os.Getenv("AWS_ENDPOINT_URL")+"/"+p.bucket, &body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	return p.send(request)
}

func (p program) send(request *http.Request) error {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode == http.StatusOK {
		err = fmt.Errorf("%s is taken", request.URL)
	}
	fmt.Fprintf(os.Stderr, "%s\n", said)
	return errors.Join(err, answer.Body.Close())
}
