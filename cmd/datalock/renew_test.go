package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"datalock/dataset"
	"datalock/internal/testkit/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestRenewVerb renews by a command, and according to the settings.
func TestRenewVerb(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "acme-data", true)
	dir := aFolder(t)
	renew := `"renew": {"keepDays": 365, "whenLeftDays": 120, ` +
		`"prefixes": {"short": {"keepDays": 91, "whenLeftDays": 1}}}`
	file := func(bucket string) string {
		return fmt.Sprintf(`{"context": {"datalock": {"region": "us-east-1", "buckets": {"data": {%s}}}}}`, bucket)
	}
	named := file(`"name": "acme-data", ` + renew)
	run := func(code int, settings string, args ...string) *process {
		t.Helper()
		p := s3ToolIn(t, settings, server, server.Endpoint, args...)
		if got := p.run(t); got != code {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, got, code, p.out.String(), p.err.String())
		}
		p.empty(t)
		return p
	}
	says := func(p *process, want ...string) {
		t.Helper()
		for _, text := range want {
			if !strings.Contains(p.err.String(), text) {
				t.Errorf("it says\n%s\nwithout %q", p.err.String(), text)
			}
		}
	}
	run(exitOK, "{}", "publish", dir, "s3://acme-data/set", "--yes")
	run(exitOK, "{}", "publish", dir, "s3://acme-data/short/1", "--days", "3", "--yes")

	p := run(exitOK, "{}", "renew", "s3://acme-data/set", "--days", "10", "--plan")
	says(p, "lengthens the locks of 7 versions", "nobody can delete 7 of them", "per TB and month")
	if strings.Contains(p.err.String(), "renewed") {
		t.Errorf("a plan says %s", p.err.String())
	}
	says(run(exitFailed, "{}", "renew", "s3://acme-data/set", "--days", "10"), "pass --yes to continue")
	p = run(exitOK, "{}", "renew", "s3://acme-data/set", "--days", "10", "--yes", "--json")
	says(p, "7 locks renewed, all locked until")
	var all []dataset.Renewed
	if err := json.Unmarshal([]byte(p.out.String()), &all); err != nil || len(all) != 1 || all[0].Lengthened != 7 {
		t.Errorf("%+v, %v", all, err)
	}

	if by := renewerIn(t, server, all[0].Record); by != "access key "+server.AccessKey {
		t.Errorf("the record names %q", by)
	}

	const arn = "arn:aws:sts::012345678901:assumed-role/renewer/ci"
	sts := stsOf(t, arn)
	asRole := s3ToolIn(t, "{}", server, server.Endpoint, "renew", "s3://acme-data/short/1", "--days", "5", "--yes",
		"--json")
	asRole.Env = append(asRole.Env, "AWS_ENDPOINT_URL_STS="+sts)
	if code := asRole.run(t); code != exitOK {
		t.Fatalf("exit %d", code)
	}
	if err := json.Unmarshal([]byte(asRole.out.String()), &all); err != nil {
		t.Fatal(err)
	}
	if by := renewerIn(t, server, all[0].Record); by != arn {
		t.Errorf("the record names %q, want %s", by, arn)
	}

	p = run(exitOK, named, "renew", "s3://acme-data", "--due", "--yes")
	says(p, "s3://acme-data/set: 8 locks renewed", "record s3://acme-data/.datalock/set/renewals/")
	if strings.Contains(p.err.String(), "s3://acme-data/short") {
		t.Errorf("what isn't due was renewed: %s", p.err.String())
	}
	says(run(exitOK, named, "renew", "s3://acme-data", "--due", "--yes"), "nothing is due")
	failed := failedIn(t, run(exitFailed, "{}", "renew", "s3://acme-data/none", "--days", "3", "--yes", "--json"))
	if !strings.HasPrefix(failed, "[{acme-data none s3://acme-data/none: no dataset") {
		t.Errorf("a run that fails prints %s", failed)
	}
	if _, err := clientOf(server).PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("acme-data"), Key: aws.String(".datalock/broken/manifest.json"), Body: strings.NewReader("{"),
	}); err != nil {
		t.Fatal(err)
	}
	failed = failedIn(t, run(exitFailed, named, "renew", "s3://acme-data", "--due", "--yes", "--json"))
	if !strings.HasPrefix(failed, "[{acme-data broken read the manifest") {
		t.Errorf("a run that fails for a dataset prints %s", failed)
	}
	due := []string{"renew", "s3://acme-data", "--due"}
	says(run(exitFailed, file(`"name": "other", `+renew), due...), "no stack in the settings has the bucket acme-data")
	says(run(exitFailed, file(`"name": "acme-data"`), due...), "stack data has no renew in the settings")
	says(run(exitFound, file(`"renew": {"keepDays": 1}`), due...), "buckets.data.renew.keepDays = 1")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"s3://acme-data/set"}, "renew: pass either --until DATE or --days N"},
		{[]string{"s3://acme-data/set", "--days", "3", "--until", "2030-01-01"}, "renew: pass either --until DATE or"},
		{[]string{"s3://acme-data", "--days", "3"}, "has no prefix"},
		{[]string{"s3://acme-data/set", "--due"}, "name a bucket"},
		{[]string{"s3://acme-data", "--due", "--days", "3"}, "takes its dates from the settings"},
		{[]string{"s3://acme-data/none", "--days", "3"}, "no dataset: there is no manifest"},
	} {
		says(run(exitFailed, named, append([]string{"renew"}, c.args...)...), c.want)
	}
}

// failedIn reads the errors in the JSON of renew, by dataset.
func failedIn(t *testing.T, p *process) string {
	t.Helper()
	var all []struct{ Bucket, Prefix, Error string }
	if err := json.Unmarshal([]byte(p.out.String()), &all); err != nil {
		t.Fatalf("%v: %s", err, p.out.String())
	}
	return fmt.Sprint(all)
}

// renewerIn reads from a record who renewed.
func renewerIn(t *testing.T, server s3test.Server, key string) string {
	t.Helper()
	out, err := clientOf(server).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("acme-data"), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	var statement struct {
		Predicate struct{ By string }
	}
	if err := json.NewDecoder(out.Body).Decode(&statement); err != nil {
		t.Fatal(err)
	}
	return statement.Predicate.By
}
