package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/rehearsal/server/internal/identity"
)

// TestFormUpload sends what a browser would send from a presigned form.
func TestFormUpload(t *testing.T) {
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "form-upload", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	form, err := s3.NewPresignClient(root).PresignPostObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	send := func(fields map[string]string) int {
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
		response, err := http.Post(form.URL, writer.FormDataContentType(), &body)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if status := send(form.Values); status != 204 {
		t.Fatalf("upload: %d", status)
	}
	head, err := root.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if until := aws.ToTime(head.ObjectLockRetainUntilDate); head.ObjectLockMode != "COMPLIANCE" || time.Until(until) < 89*24*time.Hour {
		t.Errorf("locked in mode %q until %s", head.ObjectLockMode, until)
	}
	want(t, "delete", deleteVersion(t, root, bucket, key, *head.VersionId, true), "AccessDenied")
	form.Values["X-Amz-Signature"] = "0000"
	if status := send(form.Values); status != 403 {
		t.Errorf("upload with a wrong signature: %d", status)
	}
}

// TestPresignedDelete wants a presigned request refused like any other.
func TestPresignedDelete(t *testing.T) {
	s := startServer(t, nil)
	root, bucket, key := s.as(identity.Root), "presigned", "k"
	lockedBucket(t, root, bucket, days(compliance, 90))
	version := put(t, root, bucket, key, "data")
	presigned, err := s3.NewPresignClient(root).PresignDeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: &version})
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
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "refused-keys"
	lockedBucket(t, root, bucket, days(compliance, 90))
	source := put(t, root, bucket, "source", "data")
	for _, key := range []string{".sgwtmp/k", ".sgwtmp/multipart/k", ".sgwtmp", "a/../.sgwtmp/k", "./.sgwtmp/k", "a//source", "./source", "a/../source", "/source", "source/."} {
		_, err := root.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(nil)})
		if err == nil {
			t.Errorf("put %s: taken", key)
		}
		_, err = root.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: &key, CopySource: aws.String(bucket + "/source")})
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
