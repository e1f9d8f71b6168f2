package batchjobs

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestLoadEndsWhatWasEnding holds that a job that was being cancelled, or had failed,
// when the server was killed doesn't begin anew.
func TestLoadEndsWhatWasEnding(t *testing.T) {
	folder := t.TempDir()
	s := &Service{folder: folder}
	for id, status := range map[string]string{"a": cancelling, "b": failing, "c": active, "d": suspended} {
		if err := s.keep(&job{ID: id, Status: status}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // what was loaded is kept
		opened, err := Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		for id, status := range map[string]string{"a": cancelled, "b": failed, "c": isNew, "d": suspended} {
			if got := opened.jobs[id]; got.Status != status || got.ended() != (got.Terminated != nil) {
				t.Errorf("job %s is %s, want %s", id, got.Status, status)
			}
		}
	}
}

// TestCancelAsItBegins holds that a job that is cancelled as soon as it is active
// ends.
func TestCancelAsItBegins(t *testing.T) {
	s := &Service{folder: t.TempDir(), jobs: map[string]*job{}, wake: make(chan struct{}, 1)}
	s.client = s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	for range 200 {
		j := &job{ID: "a", Status: ready, Request: request{
			Manifest: &manifest{Location: location{ObjectArn: "arn:aws:s3:::b/manifest.csv"}},
		}}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for begun := false; !begun; time.Sleep(time.Microsecond) {
				s.mu.Lock()
				if begun = j.Status != ready; j.Status == active && j.stop != nil {
					j.Status = cancelling
					j.stop()
				}
				s.mu.Unlock()
			}
		}()
		s.execute(context.Background(), j)
		<-done
		if !j.ended() {
			t.Fatalf("the job is %s", j.Status)
		}
	}
}
