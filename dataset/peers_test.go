package dataset_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// peers is the folder in which `go run ./bench -datasets` builds the peers.
var peers = flag.String(
	"peers",
	"",
	"folder of rclone-v1.76.0 and s5cmd-v2.3.0, to try them on the fault matrix",
)

// peerWords are the peers' reactions to a fault, in the order of the table.
type peerWords struct{ rclone, s5cmd string }

const (
	silent  = "nothing"
	differs = "differs"
	failed  = "an error"
)

// peersSay is how rclone check and s5cmd sync --dry-run reacted. With -peers
// the test runs them again.
var peersSay = map[string]peerWords{
	"nothing":                                     {silent, silent},
	"a bit flipped at rest":                       {silent, silent},
	"a bit flipped in a large file":               {silent, silent},
	"truncated at rest":                           {differs, differs},
	"bytes of another version, with its checksum": {silent, silent},
	"a version that is gone":                      {differs, differs},
	"a delete marker":                             {differs, differs},
	"a newer version":                             {differs, differs},
	"a newer version with forged metadata":        {differs, differs},
	"an extra key":                                {differs, differs},
	"retention too short":                         {silent, silent},
	"retention that has ended":                    {silent, silent},
	"GOVERNANCE mode":                             {silent, silent},
	"no lock":                                     {silent, silent},
	"the manifest unlocked":                       {silent, silent},
	"the manifest in GOVERNANCE mode":             {silent, silent},
	"the retention of the manifest too short":     {silent, silent},
	"a shard in GOVERNANCE mode":                  {silent, silent},
	"the retention of a shard too short":          {silent, silent},
	"a shard under a delete marker":               {silent, silent},
	"a newer version of a shard":                  {silent, silent},
	"the signature under a delete marker":         {silent, silent},
	"a newer version of the signature":            {silent, silent},
	"the retention of the signature too short":    {silent, silent},
	"a renewal record in GOVERNANCE mode":         {silent, silent},
	"the retention of a renewal record too short": {silent, silent},
	"the signature of a renewal record unlocked":  {silent, silent},
	"a renewal record under a delete marker":      {silent, silent},
	"a newer version of a renewal record":         {silent, silent},
	"a shard changed":                             {silent, silent},
	"a manifest over the manifest":                {silent, silent},
	"the manifest under a delete marker":          {silent, silent},
	"the manifest replaced at rest, with --root":  {silent, silent},
	"the manifest replaced at rest, with --key":   {silent, silent},
	"the wrong signer":                            {silent, silent},
	"not allowed to read a file":                  {silent, silent},
	"not allowed to read a lock":                  {silent, silent},
	"not allowed to list versions":                {silent, silent},
	"404 and 503 at random":                       {silent, silent},
}

// askPeers makes the peers compare the folder with the bucket.
func (l testServer) askPeers(t *testing.T, f fault, dir, prefix, endpoint string) {
	t.Helper()
	if *peers == "" {
		return
	}
	// s5cmd copies files newer than the object, whose date in S3 has a
	// resolution of a second.
	before := time.Now().Add(-time.Hour)
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, before, before))
	}))
	env := append(os.Environ(), "AWS_ACCESS_KEY_ID="+l.AccessKey, "AWS_SECRET_ACCESS_KEY="+l.SecretKey,
		"AWS_REGION="+l.Region, "AWS_CA_BUNDLE=", "RCLONE_CONFIG="+os.DevNull, "RCLONE_CONFIG_L_TYPE=s3",
		"RCLONE_CONFIG_L_PROVIDER=Other", "RCLONE_CONFIG_L_ENV_AUTH=true", "RCLONE_CONFIG_L_ENDPOINT="+endpoint,
		"RCLONE_CONFIG_L_REGION="+l.Region)
	run := func(name string, args ...string) (string, int) {
		cmd := exec.Command(filepath.Join(*peers, name), args...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		var ended *exec.ExitError
		if err != nil && !errors.As(err, &ended) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	got := peerWords{silent, silent}
	out, code := run("rclone-v1.76.0", "check", dir, "l:data/"+prefix, "--retries", "1")
	switch {
	case strings.Contains(out, "files missing") ||
		strings.Contains(out, "differ") && !strings.Contains(out, "0 differences found"):
		got.rclone = differs
	case code != 0:
		got.rclone = failed
	}
	sync, code := run("s5cmd-v2.3.0", "--endpoint-url", endpoint, "--dry-run", "sync", "--delete", dir+"/",
		"s3://data/"+prefix+"/")
	switch {
	case code != 0:
		got.s5cmd = failed
	case strings.Contains(sync, "cp ") || strings.Contains(sync, "rm "):
		got.s5cmd = differs
	}
	if want := peersSay[f.name]; got != want {
		t.Errorf("the peers say %q, and the table has %q\n%s\n%s", got, want, out, sync)
	}
	fmt.Fprintf(os.Stderr, "| %s | %s | %s |\n", f.name, got.rclone, got.s5cmd)
}
