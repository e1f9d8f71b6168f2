package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/testkit/s3proxy"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/sandbox"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkcredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// aFolder creates a folder of small files and one that is sent in parts.
func aFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, size := range map[string]int{
		"README.md":   300,
		"train/0.bin": 40_000,
		"train/1.bin": 9 << 20,
		"train/empty": 0,
		"val/ü.bin":   70,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(rand.Uint32())
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// s3Tool prepares a verb for an endpoint, with root's keys.
func s3Tool(t *testing.T, server s3test.Server, endpoint string, args ...string) *process {
	t.Helper()
	return s3ToolIn(t, "{}", server, endpoint, args...)
}

// s3ToolIn does the same beside a cdktf.json.
func s3ToolIn(t *testing.T, cdktf string, server s3test.Server, endpoint string, args ...string) *process {
	t.Helper()
	p := tool(t, cdktf, append(args, "--endpoint", endpoint)...)
	p.Env = append(
		p.Env,
		"AWS_ACCESS_KEY_ID="+server.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+server.SecretKey,
		"AWS_REGION="+server.Region,
	)
	return p
}

func clientOf(server s3test.Server) *s3.Client {
	return s3.New(s3.Options{
		Region: server.Region, BaseEndpoint: aws.String(server.Endpoint), UsePathStyle: true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                sdkcredentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, ""),
	})
}

// TestPublish goes through the verbs as a user does.
func TestPublish(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	dir := aFolder(t)
	run := func(code int, args ...string) *process {
		t.Helper()
		p := s3Tool(t, server, server.Endpoint, args...)
		if got := p.run(t); got != code {
			t.Fatalf("exit %d, want %d: %s%s", got, code, p.out.String(), p.err.String())
		}
		p.empty(t)
		return p
	}
	if p := run(
		exitFailed,
		"publish",
		dir,
		"s3://data/set",
	); !strings.Contains(p.err.String(), "nobody can delete these 5 objects") ||
		p.out.String() != "" {
		t.Errorf("without a yes: %s", p.err.String())
	}
	published := run(exitOK, "publish", dir, "s3://data/set", "--yes")
	root := strings.TrimSpace(published.out.String())
	if len(root) != 64 || published.out.String() != root+"\n" {
		t.Errorf("stdout is %q", published.out.String())
	}
	var again dataset.Published
	if err := json.Unmarshal(
		[]byte(run(exitOK, "publish", dir, "s3://data/set", "--yes", "--json").out.String()),
		&again,
	); err != nil || again.RootDigest != root ||
		!again.Before {
		t.Errorf("%+v, %v", again, err)
	}
	if p := run(exitOK, "publish", dir, "s3://data/set"); !strings.Contains(p.err.String(),
		"s3://data/set is already published, with the same files; locked until ") {
		t.Errorf("published again: %s", p.err.String())
	}
	if p := run(exitFailed, "publish", dir, "s3://data/set", "--key", keyFile(t)); !strings.Contains(p.err.String(),
		"  adds manifest.sigstore.json\ntheir lock: COMPLIANCE mode, until ") {
		t.Errorf("signed without a question: %s", p.err.String())
	}
	if p := run(exitOK, "list", "s3://data"); !strings.Contains(p.out.String(), "  no  ") {
		t.Errorf("signed without a yes: %s", p.out.String())
	}
	if p := run(
		exitOK,
		"verify",
		"s3://data/set",
		"--root",
		root,
	); !strings.Contains(
		p.out.String(),
		"everything matches the manifest",
	) {
		t.Error(p.out.String())
	}
	if p := run(
		exitFound,
		"verify",
		"s3://data/set",
		"--root",
		strings.Repeat("0", 64),
	); !strings.Contains(
		p.out.String(),
		"manifest-changed s3://data/.datalock/set/manifest.json",
	) {
		t.Error(p.out.String())
	}
	var v dataset.Verification
	if err := json.Unmarshal(
		[]byte(run(exitOK, "verify", "s3://data/set", "--sample", "2", "--seed", "5", "--json").out.String()),
		&v,
	); err != nil || v.ReadFiles != 2 ||
		v.Sample.Seed != 5 {
		t.Errorf("%+v, %v", v, err)
	}
	run(exitOK, "verify", "s3://data/set", "--local", dir)
	reported(t, run, root, keyFile(t))
	if err := os.Remove(filepath.Join(dir, "README.md")); err != nil {
		t.Fatal(err)
	}
	run(exitFound, "verify", "s3://data/set", "--local", dir)
	run(exitFailed, "verify", "s3://data/absent")
	if p := run(exitOK, "list", "s3://data"); !strings.Contains(p.out.String(), root) {
		t.Error(p.out.String())
	}
	for _, c := range [][]string{
		{"publish", dir}, {"publish", dir, "data/set"}, {"publish", dir, "s3://data/x", "--retain-until", "soon"},
		{"publish", dir, "s3://data/x", "--key", "absent.pem"},
		{"verify"}, {"verify", "s3://data/set", "--read", "--sample", "3"}, {"verify", "s3://data/set", "--attest", "x"},
		{"verify", "--manifest", "m"}, {"verify", "s3://data/set", "--exclude", "x"}, {"verify", "s3://data/set", "--seed", "5"},
		{"list", "data"}, {"list", "s3://data/set"}, {"publish", dir, "s3://data/x", "--yes", "--croissant"},
		{"publish", dir, "s3://data/x", "--yes", "--jobs", "0"},
	} {
		run(exitFailed, c...)
	}
}

// TestPublishContinues: an upload whose lock is longer than asked is in the question, and
// its lock in a second one and in the result.
func TestPublishContinues(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	long := beginLong(t, server)
	p := s3Tool(t, server, server.Endpoint, "publish", aFolder(t), "s3://data/set", "--yes", "--json")
	if code := p.run(t); code != exitOK {
		t.Fatalf("exit %d: %s", code, p.err.String())
	}
	for _, want := range []string{
		"  1 unfinished upload of an earlier run to continue; ",
		"one is locked until " + long.UTC().Format(time.DateOnly) + " ",
		"note: 1 upload that an earlier run began asked for a longer lock, until ",
	} {
		if !strings.Contains(p.err.String(), want) {
			t.Errorf("stderr is %q, without %q", p.err.String(), want)
		}
	}
	for _, want := range []string{`"continuedUploads": 1`, `"lockedLonger": 1`} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("stdout is %q, without %q", p.out.String(), want)
		}
	}
}

// beginLong begins the upload of a file of aFolder with a lock of ten years.
func beginLong(t *testing.T, server s3test.Server) time.Time {
	t.Helper()
	long := time.Now().AddDate(10, 0, 0)
	_, err := clientOf(server).CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: aws.String("data"), Key: aws.String("set/train/1.bin"), ChecksumAlgorithm: "SHA256",
		ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: &long,
	})
	if err != nil {
		t.Fatal(err)
	}
	return long
}

// TestPlanOfEarlierRuns: the questions say what earlier runs left.
func TestPlanOfEarlierRuns(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	plain := dataset.Plan{Location: dataset.Location{Bucket: "data", Prefix: "set"}, Files: 3, Mode: "COMPLIANCE",
		Retention: "for 7 days", Until: end, ManifestUntil: end}
	left := plain
	left.Present, left.UnfinishedUploads, left.ManifestUntil = 1, 2, end.AddDate(10, 0, 0)
	left.Unfinished = []dataset.UnfinishedUpload{{Key: "set/a\n", UploadID: "1"}}
	governed := left
	governed.Mode = "GOVERNANCE"
	for _, c := range []struct {
		tell func(streams)
		want string
		same bool
	}{
		{func(s streams) { tellPlan("dir", left, s) }, "\n  2 unfinished uploads of an earlier run to continue; " +
			"S3 doesn't show their locks: each is what that run asked for, perhaps longer than below\n" +
			"  to begin anew, abort them first (aws s3api abort-multipart-upload):\n" +
			"    s3://data/set/a\\n, upload ID 1\n    and 1 more\n", true},
		{func(s streams) { tellPlan("dir", left, s) }, "until 2026-12-01 12:00 UTC\n" +
			"a file that is already in the bucket is locked until 2036-12-01 12:00 UTC, so the manifest is too\n", true},
		{func(s streams) { tellPlan("dir", governed, s) }, "perhaps longer than below, or in COMPLIANCE mode\n", true},
		{func(s streams) { tellPlan("dir", plain, s) }, "unfinished", false},
		{func(s streams) { tellPlan("dir", plain, s) }, "so the manifest is too", false},
		{func(s streams) { tellLonger(left, s) }, "s3://data/set: all files are in the bucket; " +
			"one is locked until 2036-12-01 12:00 UTC, longer than planned; " +
			"the manifest will be locked as long\n", true},
	} {
		file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		c.tell(streams{err: file})
		_ = file.Close()
		if text, err := os.ReadFile(file.Name()); err != nil || strings.Contains(string(text), c.want) != c.same {
			t.Errorf("said %q, %v; want %q to be there: %t", text, err, c.want, c.same)
		}
	}
}

// reported runs verify and expects a report of its findings.
func reported(t *testing.T, run func(int, ...string) *process, root, key string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "report")
	run(exitOK, "publish", aFolder(t), "s3://data/signed", "--yes", "--key", key)
	run(exitOK, "verify", "s3://data/signed", "--key", key, "--report", dir)
	var r struct {
		Verdict      string
		Verification dataset.Verification
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil || r.Verdict != "held" || !r.Verification.SignatureChecked || r.Verification.Checked != 5 {
		t.Errorf("%+v, %v", r, err)
	}
	for name, want := range map[string]string{
		"report.html": "Everything matches the manifest", "report.md": "Everything matches the manifest",
		"report.intoto.json": "DATALOCK_SIGNATURE_CHECKED", "report.sigstore.json": "dsseEnvelope",
	} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	run(exitFound, "verify", "s3://data/set", "--root", strings.Repeat("0", 64), "--report", dir)
	if text, err := os.ReadFile(filepath.Join(dir, "report.md")); err != nil ||
		!strings.Contains(string(text), "| manifest-changed |") || !strings.Contains(string(text), root) {
		t.Errorf("a report of findings: %v\n%s", err, text)
	}
	for _, name := range []string{"report.intoto.json", "report.sigstore.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s of an earlier verification is left", name)
		}
	}
}

var publishKills = flag.Int("publish-kills", 8, "publishes to kill at a random moment")

// TestPublishKilled kills publishes at random moments: before a request, during
// one, or after the server is done but before its answer. The next run
// succeeds, no key has a second version, and all bytes match the manifest.
func TestPublishKilled(t *testing.T) {
	kills := *publishKills
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := aFolder(t)
	proxy := s3proxy.Start(t, server.Endpoint)
	if code := s3Tool(
		t,
		server,
		proxy.URL,
		"publish",
		dir,
		"s3://data/whole",
		"--yes",
		"--jobs",
		"4",
	).run(
		t,
	); code != exitOK {
		t.Fatalf("without a kill: exit %d", code)
	}
	requests := proxy.Requests.Load()
	var killed, kept atomic.Int64
	t.Run("kills", func(t *testing.T) {
		for i := range kills {
			at, how, after := random.Int64N(requests)+1, random.IntN(3), random.Int64N(5000)
			t.Run(fmt.Sprintf("%d at request %d", i, at), func(t *testing.T) {
				t.Parallel()
				killOne(t, server, dir, fmt.Sprintf("set/%03d", i), at, how, after, &killed, &kept)
			})
		}
	})
	if killed.Load() < int64(kills)*9/10 || kept.Load() == 0 {
		t.Errorf("of %d runs %d were killed, and %d files were kept", kills, killed.Load(), kept.Load())
	}
	t.Logf(
		"%d runs were killed at one of %d requests; the next runs kept %d files",
		killed.Load(),
		requests,
		kept.Load(),
	)
}

func killOne(
	t *testing.T,
	server s3test.Server,
	dir, prefix string,
	at int64,
	how int,
	after int64,
	killed, kept *atomic.Int64,
) {
	proxy := s3proxy.Start(t, server.Endpoint)
	first := s3Tool(t, server, proxy.URL, "publish", dir, "s3://data/"+prefix, "--yes", "--jobs", "4")
	kill := func() { _ = first.Process.Kill() }
	proxy.Faults(func(n int64, _ *http.Request) s3proxy.Fault {
		switch {
		case n != at:
			return s3proxy.Fault{}
		case how == 0:
			return s3proxy.Fault{Hook: kill, Cut: true}
		case how == 1:
			return s3proxy.Fault{Cut: true, After: after, Then: kill}
		}
		return s3proxy.Fault{Lose: true, Then: kill}
	})
	first.start(t)
	<-first.ended
	if status, ok := first.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		killed.Add(1)
	}
	first.empty(t)
	second := s3Tool(t, server, server.Endpoint, "publish", dir, "s3://data/"+prefix, "--yes", "--json")
	if code := second.run(t); code != exitOK {
		t.Fatalf("the next run: exit %d", code)
	}
	var p dataset.Published
	if err := json.Unmarshal([]byte(second.out.String()), &p); err != nil {
		t.Fatal(err)
	}
	kept.Add(p.Kept)
	wholeDataset(t, server, "data", prefix, p.RootDigest)
}

// wholeDataset expects one version of each key of a dataset, and bytes that
// match its manifest.
func wholeDataset(t *testing.T, server s3test.Server, bucket, prefix, root string) {
	t.Helper()
	client := clientOf(server)
	for _, below := range []string{prefix + "/", ".datalock/" + prefix + "/"} {
		out, err := client.ListObjectVersions(
			t.Context(),
			&s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &below},
		)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, v := range out.Versions {
			if seen[*v.Key] {
				t.Errorf("%s has a second version", *v.Key)
			}
			seen[*v.Key] = true
		}
	}
	location, err := dataset.ParseLocation("s3://" + bucket + "/" + prefix)
	if err != nil {
		t.Fatal(err)
	}
	v, err := dataset.Verify(t.Context(), client, location, dataset.VerifyOptions{Read: true, Root: root})
	if err != nil || !v.Clean() {
		t.Errorf("%v, %v", err, v.Findings)
	}
}

// TestPublishDiskFull publishes with no room for temporary files, which many
// names need. Nothing is sent if the manifest could not follow.
func TestPublishDiskFull(t *testing.T) {
	if out, err := exec.Command("unshare", "-Urm", "true").CombinedOutput(); err != nil {
		sandbox.Skip(t, "can't create a mount namespace: %v %s", err, out)
	}
	server := s3test.Start(t)
	aBucket(t, server, "data", true)
	p := s3Tool(t, server, server.Endpoint, "publish", aFolder(t), "s3://data/set", "--yes")
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal(err)
	}
	script := `mount -t tmpfs -o size=4k none ` + p.temp + ` && head -c 4096 /dev/zero > ` + p.temp +
		`/full; exec "$0" "$@"`
	p.Args = append([]string{"unshare", "-Urm", "sh", "-c", script, p.Path}, p.Args[1:]...)
	p.Path = unshare
	if code := p.run(
		t,
	); code != exitFailed || !strings.Contains(p.err.String(), "no space left on device") ||
		bytes.Contains([]byte(p.err.String()), []byte("goroutine")) {
		t.Errorf("exit %d", code)
	}
	out, err := clientOf(
		server,
	).ListObjectVersions(
		t.Context(),
		&s3.ListObjectVersionsInput{Bucket: aws.String("data"), Prefix: aws.String(".datalock/")},
	)
	if err != nil || len(out.Versions) > 0 {
		t.Errorf("%d versions, %v", len(out.Versions), err)
	}
}
