package main

import (
	"fmt"
	"strings"
	"testing"

	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestBackfillAsks types the answers on a terminal: once for what can be undone
// or ends within a day, twice for a lock that nobody can undo.
func TestBackfillAsks(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	client := clientOf(server)
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String("acme-old"), ObjectLockEnabledForBucket: aws.Bool(true),
	}); err != nil {
		t.Fatal(err)
	}
	const once, twice = "continue? [yes/no] ", "Type the bucket's name to continue: "
	type typed struct{ after, answer string }
	for i, c := range []struct {
		args   []string
		typed  []typed
		locked bool
	}{
		{[]string{"--days", "5"}, []typed{{once, "no"}}, false},
		{[]string{"--days", "5"}, []typed{{once, "y"}}, false},
		{[]string{"--days", "5"}, []typed{{once, "yes"}}, true},
		{[]string{"--days", "1", "--mode", "COMPLIANCE"}, []typed{{once, "yes"}}, true},
		{[]string{"--days", "2", "--mode", "COMPLIANCE"}, []typed{{once, "no"}}, false},
		{[]string{"--days", "2", "--mode", "COMPLIANCE"}, []typed{{once, "yes"}, {twice, "yes"}}, false},
		{[]string{"--days", "2", "--mode", "COMPLIANCE"}, []typed{{once, "yes"}, {twice, "acme-old"}}, true},
	} {
		key := fmt.Sprintf("%d/file", i)
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("acme-old"), Key: &key, Body: strings.NewReader(key),
		}); err != nil {
			t.Fatal(err)
		}
		tty, master, read := terminal(t)
		p := s3Tool(t, server, server.Endpoint, append([]string{
			"backfill",
			fmt.Sprintf("s3://acme-old/%d/", i),
		}, c.args...)...)
		p.Stdin, p.Stderr = tty, tty
		p.start(t)
		for _, one := range c.typed {
			said := ""
			for range 12 { // of five seconds
				if said += read(one.after); strings.Contains(said, one.after) {
					break
				}
			}
			if !strings.Contains(said, one.after) {
				t.Fatalf("%v: it asks %q, want %q", c.args, said, one.after)
			}
			if _, err := master.WriteString(one.answer + "\n"); err != nil {
				t.Fatal(err)
			}
		}
		code := p.wait(t)
		_, err := client.GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{
			Bucket: aws.String("acme-old"),
			Key:    &key,
		})
		if locked := err == nil; locked != c.locked || (code == exitOK) != c.locked {
			t.Errorf("%v, after %v: exit %d, locked %v", c.args, c.typed, code, locked)
		}
	}
}
