package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// refused runs a server that must not start, and returns its exit code and
// what it said.
func refused(t *testing.T, env []string, args ...string) (int, string) {
	t.Helper()
	cmd := command(env, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		t.Fatalf("the server started and ended well: %s", out)
	}
	if len(out) > 0 {
		t.Errorf("standard output holds %q", out)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

func TestWrongStarts(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		env, args []string
		exit      int
		says      string
	}{
		"all addresses":    {nil, []string{"--addr", ":0"}, 2, "not a loopback address"},
		"public address":   {nil, []string{"--addr", "192.0.2.1:80"}, 2, "not a loopback address"},
		"host name":        {nil, []string{"--addr", "localhost:0"}, 2, "not a loopback address"},
		"no port":          {nil, []string{"--addr", "127.0.0.1"}, 2, "missing port"},
		"unknown flag":     {nil, []string{"--nothing"}, 2, "not defined: -nothing"},
		"argument":         {nil, []string{"more"}, 2, `unexpected argument "more"`},
		"taken port":       {nil, []string{"--addr", taken.Addr().String()}, 1, "address already in use"},
		"folder is a file": {nil, []string{"--dir", file}, 1, "make the data folder"},
		"half a key pair":  {[]string{"DATALOCK_WRITER_ACCESS_KEY=a"}, nil, 1, "DATALOCK_WRITER_SECRET_KEY go together"},
		"twice the same key": {[]string{
			"DATALOCK_ROOT_ACCESS_KEY=a", "DATALOCK_ROOT_SECRET_KEY=b",
			"DATALOCK_ADMIN_ACCESS_KEY=a", "DATALOCK_ADMIN_SECRET_KEY=c",
		}, nil, 1, "root and admin have the same access key"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			exit, said := refused(t, append(c.env, "TMPDIR="+tmp), c.args...)
			if exit != c.exit || !strings.Contains(said, c.says) {
				t.Errorf("exit %d, want %d: %s", exit, c.exit, said)
			}
			if left, _ := os.ReadDir(tmp); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestStops ends the server in every way that it must notice.
func TestStops(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*running){
		"SIGINT":       func(s *running) { _ = s.cmd.Process.Signal(os.Interrupt) },
		"SIGTERM":      func(s *running) { _ = s.cmd.Process.Signal(syscall.SIGTERM) },
		"end of stdin": func(s *running) { _ = s.stdin.Close() },
	}
	for name, end := range ways {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			s := startServer(t, []string{"TMPDIR=" + tmp})
			bucket := "stops"
			lockedBucket(t, s.as(identity.Root), bucket, days(compliance, 90))
			put(t, s.as(identity.Root), bucket, "k", "data")
			began := time.Now()
			end(s)
			if err := s.wait(t); err != nil {
				t.Errorf("%v: %s", err, s.stderr)
			}
			if took := time.Since(began); took > 2*stopWithin {
				t.Errorf("took %s", took)
			}
			if left, _ := os.ReadDir(tmp); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if _, err := net.DialTimeout("tcp", strings.TrimPrefix(s.Endpoint, "http://"), time.Second); err == nil {
				t.Error("somebody still listens")
			}
		})
	}
}

// TestLeftovers kills a server; the next one removes what it left, and leaves
// alone the folder of a server that runs, and one that was named with --dir.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	env := []string{"TMPDIR=" + tmp}
	runs, dies := startServer(t, env), startServer(t, env)
	_ = dies.cmd.Process.Kill()
	if err := dies.wait(t); err == nil {
		t.Fatal("a killed server ended well")
	}
	dies.forgive()
	if _, err := os.Stat(dies.Dir); err != nil {
		t.Fatalf("a killed server's folder: %v", err)
	}
	named := filepath.Join(tmp, "datalock-server-data")
	startServer(t, env, "--dir", named).stop(t)
	startServer(t, env)
	if _, err := os.Stat(named); err != nil {
		t.Errorf("a folder that is kept: %v", err)
	}
	if _, err := os.Stat(dies.Dir); !os.IsNotExist(err) {
		t.Errorf("the killed server's folder is still there: %v", err)
	}
	if _, err := os.Stat(runs.Dir); err != nil {
		t.Errorf("the running server's folder: %v", err)
	}
}

// TestKeptFolder starts again after a stop and after a kill.
func TestKeptFolder(t *testing.T) {
	t.Parallel()
	dir, bucket := filepath.Join(t.TempDir(), "data"), "kept"
	s := startServer(t, nil, "--dir", dir)
	if s.Temporary || s.Dir != dir {
		t.Errorf("ready: temporary %v, folder %s", s.Temporary, s.Dir)
	}
	root := s.as(identity.Root)
	lockedBucket(t, root, bucket, days(compliance, 90))
	version := put(t, root, bucket, "k", "first")
	_, until := retentionOf(t, root, bucket, "k", version)
	put(t, root, bucket, "k", "second")
	if exit, said := refused(t, nil, "--dir", dir); exit != 1 || !strings.Contains(said, "another server uses it") {
		t.Errorf("a second server on the folder: exit %d, %s", exit, said)
	}
	ends := map[string]func(){
		"stop": func() { s.stop(t) },
		"kill": func() { _ = s.cmd.Process.Kill(); _ = s.wait(t); s.forgive() },
	}
	for name, end := range ends {
		end()
		s = startServer(t, nil, "--dir", dir)
		root = s.as(identity.Root)
		if mode, now := retentionOf(t, root, bucket, "k", version); mode != compliance || !now.Equal(until) {
			t.Errorf("after %s: %s until %s", name, mode, now)
		}
		if got := readVersion(t, root, bucket, "k", version); got != "first" {
			t.Errorf("after %s: the version holds %q", name, got)
		}
		want(t, "delete after "+name, deleteVersion(t, root, bucket, "k", version, true), "AccessDenied")
	}
}

// TestNoExtendedAttributes wants no start where versions couldn't carry their
// locks: on a file system without extended attributes, and on a folder that
// was begun on one.
func TestNoExtendedAttributes(t *testing.T) {
	t.Parallel()
	begun := t.TempDir()
	if err := os.Mkdir(filepath.Join(begun, "sidecar"), 0o700); err != nil {
		t.Fatal(err)
	}
	if exit, said := refused(t, nil, "--dir", begun); exit != 1 ||
		!strings.Contains(said, "name another folder with --dir") || strings.Count(said, "\n") != 1 {
		t.Errorf("begun without attributes: exit %d, %s", exit, said)
	}
	if exit, _ := refused(t, nil, "--metadata", "sidecar"); exit != 2 {
		t.Errorf("--metadata: exit %d", exit)
	}
	// procfs and its like can't be written to by everybody: the one file that
	// shows the answer everywhere is a lock that takes no attributes.
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	if err := (&folder{
		path: "/somewhere",
		lock: null,
	}).takesAttributes(); err == nil || !strings.Contains(err.Error(), "such as ext4") {
		t.Errorf("a lock without attributes: %v", err)
	}
}

func TestKeysFromTheEnvironment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"DATALOCK_ROOT_ACCESS_KEY=rootkey", "DATALOCK_ROOT_SECRET_KEY=rootsecret"}
	s := startServer(t, env, "--dir", dir)
	if s.AccessKey != "rootkey" || s.SecretKey != "rootsecret" || s.Users[identity.Root].Key != (identity.Key{
		Access: "rootkey",
		Secret: "rootsecret",
	}) {
		t.Errorf("root's keys: %s %s %v", s.AccessKey, s.SecretKey, s.Users[identity.Root])
	}
	bucket := "from-the-environment"
	if _, err := s.as(identity.Root).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "keys.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("keys.json: %v, %v", info, err)
	}
}

// TestReadyLine wants the line to say what reports quote.
func TestReadyLine(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, "--region", "eu-central-1")
	if s.Schema != 1 || s.Region != "eu-central-1" || s.PID != s.cmd.Process.Pid || !s.Temporary {
		t.Errorf("ready line: %+v", s.ready)
	}
	if len(s.Enforced) == 0 || len(s.Kept) == 0 || len(s.Gaps) == 0 || s.Versions["go"] == "" {
		t.Errorf("lists: %v, %v, %v, %v", s.Enforced, s.Kept, s.Gaps, s.Versions)
	}
	secrets := map[string]bool{}
	for _, name := range identity.Names() {
		secrets[s.Users[name].Secret] = true
	}
	if len(secrets) != len(identity.Names()) || secrets[""] {
		t.Errorf("%d different secrets", len(secrets))
	}
	bucket := "in-frankfurt"
	if _, err := s.as(identity.Root).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	head, err := s.as(identity.Root).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket})
	if err != nil || aws.ToString(head.BucketRegion) != "eu-central-1" {
		t.Errorf("head: %v, %v", head, err)
	}
}
