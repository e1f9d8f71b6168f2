package main

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// TestFormUpload sends what a browser would send from a presigned form.
func TestFormUpload(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "form-upload", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	form, err := s3.NewPresignClient(root).PresignPostObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if status := sendForm(t, form.URL, form.Values); status != 204 {
		t.Fatalf("upload: %d", status)
	}
	head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if until := aws.ToTime(head.ObjectLockRetainUntilDate); head.ObjectLockMode != "COMPLIANCE" ||
		time.Until(until) < 89*24*time.Hour {
		t.Errorf("locked in mode %q until %s", head.ObjectLockMode, until)
	}
	want(t, "delete", deleteVersion(t, root, bucket, key, *head.VersionId, true), "AccessDenied")
	form.Values["X-Amz-Signature"] = "0000"
	if status := sendForm(t, form.URL, form.Values); status != 403 {
		t.Errorf("upload with a wrong signature: %d", status)
	}
}

// TestPresignedDelete wants a presigned request refused like any other.
func TestPresignedDelete(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "presigned", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	version := put(t, root, bucket, key, "data")
	presigned, err := s3.NewPresignClient(root).PresignDeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket:    &bucket,
		Key:       &key,
		VersionId: &version,
	})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, presigned.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != 403 {
		t.Errorf("presigned delete: %s", response.Status)
	}
	if got := readVersion(t, root, bucket, key, version); got != "data" {
		t.Errorf("the version holds %q", got)
	}
}

// TestRefusedKeys are those that the backend would take for the file of another
// key, or for an unfinished upload.
func TestRefusedKeys(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "refused-keys"
	lockedBucket(t, root, bucket, days(compliance, 90))
	source := put(t, root, bucket, "source", "data")
	for _, key := range []string{
		".sgwtmp/k", ".sgwtmp/multipart/k", ".sgwtmp", "a/../.sgwtmp/k", "./.sgwtmp/k", "a//source",
		"./source", "a/../source", "/source", "source/.",
	} {
		_, err := root.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(nil)})
		if err == nil {
			t.Errorf("put %s: taken", key)
		}
		_, err = root.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket:     &bucket,
			Key:        &key,
			CopySource: aws.String(bucket + "/source"),
		})
		if err == nil {
			t.Errorf("copy to %s: taken", key)
		}
		_, err = root.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
		if err == nil {
			t.Errorf("upload to %s: taken", key)
		}
		_, err = root.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		if err == nil {
			t.Errorf("delete of %s: taken", key)
		}
		if got := readVersion(t, root, bucket, "source", source); got != "data" {
			t.Fatalf("after %s the source holds %q", key, got)
		}
	}
}

// sendForm uploads a file with the fields of a form and returns the status.
func sendForm(t *testing.T, url string, fields map[string]string) int {
	t.Helper()
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := writer.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := writer.CreateFormFile("file", "file")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("from a form")); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, writer.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// TestFormWithLock wants the lock that a signed form names on the version.
func TestFormWithLock(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "form-lock"
	lockedBucket(t, root, bucket, nil)
	until := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	send := func(key, mode, date, hold string) int {
		fields := map[string]string{}
		for name, value := range map[string]string{
			"x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": date, "x-amz-object-lock-legal-hold": hold,
		} {
			if value != "" {
				fields[name] = value
			}
		}
		return s.postForm(t, identity.Admin, bucket, key, fields)
	}
	if status := send("k", "COMPLIANCE", until.Format(time.RFC3339), "ON"); status != 204 {
		t.Fatalf("upload: %d", status)
	}
	head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("k")})
	if err != nil || head.ObjectLockMode != "COMPLIANCE" || !aws.ToTime(head.ObjectLockRetainUntilDate).Equal(until) ||
		head.ObjectLockLegalHoldStatus != "ON" {
		t.Errorf("the version: %+v, %v", head, err)
	}
	for name, fields := range map[string][3]string{
		"mode alone": {"COMPLIANCE", "", ""}, "date alone": {"", until.Format(time.RFC3339), ""},
		"past date": {"COMPLIANCE", "2020-01-01T00:00:00Z", ""}, "unknown mode": {"SOFT", until.Format(time.RFC3339), ""},
		"unknown hold": {"", "", "MAYBE"},
	} {
		if status := send("bad", fields[0], fields[1], fields[2]); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// postForm uploads with a form that an account has signed over all its fields.
func (s *running) postForm(t *testing.T, name identity.Name, bucket, key string, fields map[string]string) int {
	t.Helper()
	form, err := s3.NewPresignClient(s.as(name)).PresignPostObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket,
		Key:    &key,
	},
		func(o *s3.PresignPostOptions) {
			for name, value := range fields {
				o.Conditions = append(o.Conditions, map[string]string{name: value})
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(form.Values, fields)
	return sendForm(t, form.URL, form.Values)
}

// TestFormUnderPolicy wants a policy on objects to bind form uploads, with the
// form's fields for condition keys.
func TestFormUnderPolicy(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "form-policy"
	lockedBucket(t, root, bucket, nil)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::form-policy/sealed/*"},
		{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::form-policy/held/*",
		"Condition":{"StringNotEquals":{"s3:object-lock-legal-hold":"ON"}}}]}`
	if _, err := root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
		Bucket: &bucket,
		Policy: &policy,
	}); err != nil {
		t.Fatal(err)
	}
	hold := map[string]string{"x-amz-object-lock-legal-hold": "ON"}
	for _, c := range []struct {
		key    string
		fields map[string]string
		status int
	}{{"sealed/k", nil, 403}, {"open/k", nil, 204}, {"held/k", nil, 403}, {"held/k", hold, 204}} {
		if status := s.postForm(t, identity.Admin, bucket, c.key, c.fields); status != c.status {
			t.Errorf("form to %s with %v: %d, want %d", c.key, c.fields, status, c.status)
		}
	}
}
