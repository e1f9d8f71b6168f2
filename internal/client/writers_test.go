package client

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"datalock/internal/client/judge"
)

// A writer is a program of docs/writers.md, in one of the ways that the table
// there describes.
type writer struct {
	// needs are the programs that the machine must have.
	needs []string
	// script is for sh, in a folder with a file; {bucket} and {endpoint} are
	// replaced.
	script string
	// refused is the operation that S3 refuses, for the problem; "" if none.
	refused judge.Operation
	problem judge.Problem
}

var writers = map[string]writer{
	"AWS CLI, a rename": {
		needs:   []string{"aws"},
		script:  "aws s3 cp file s3://{bucket}/from && aws s3 mv s3://{bucket}/from s3://{bucket}/to",
		refused: judge.DeleteObject,
	},
	"boto3": {needs: []string{"python3", "boto3"}, script: "python3 $SCRIPTS/put.py"},
	"boto3, no checksum": {
		needs:  []string{"python3", "boto3"},
		script: "AWS_REQUEST_CHECKSUM_CALCULATION=when_required python3 $SCRIPTS/put.py", refused: judge.PutObject,
		problem: judge.NoChecksum,
	},
	"s5cmd": {needs: []string{"s5cmd"}, script: "s5cmd cp file s3://{bucket}/s5"},
	"s5cmd, a rename": {
		needs:   []string{"s5cmd"},
		script:  "s5cmd cp file s3://{bucket}/a && s5cmd mv s3://{bucket}/a s3://{bucket}/b",
		refused: judge.DeleteObjects,
	},
	"s3cmd": {
		needs: []string{"s3cmd"},
		script: "s3cmd --access_key=$AWS_ACCESS_KEY_ID --secret_key=$AWS_SECRET_ACCESS_KEY --host={host} " +
			"--host-bucket={host} --ca-certs={ca} put file s3://{bucket}/s3cmd",
		refused: judge.PutObject, problem: judge.NoChecksum,
	},
	"restic": {needs: []string{"restic"}, script: "RESTIC_PASSWORD=x restic --cacert {ca} -r s3:{endpoint}/{bucket}/restic init"},
	// Debian's rclone fails on AWS_CA_BUNDLE.
	"rclone": {needs: []string{"rclone"},
		script: "env -u AWS_CA_BUNDLE rclone copyto --ca-cert {ca} --s3-acl bucket-owner-full-control " +
			"--s3-no-check-bucket --s3-provider Other --s3-env-auth --s3-force-path-style --s3-endpoint {endpoint} file " +
			":s3:{bucket}/rclone"},
	"rclone mount": {needs: []string{"rclone", "fusermount", "mountpoint", fuse},
		script: mounted("env -u AWS_CA_BUNDLE rclone mount --ca-cert {ca} --s3-acl bucket-owner-full-control " +
			"--s3-no-check-bucket --s3-provider Other --s3-env-auth --s3-force-path-style --s3-endpoint {endpoint} " +
			"--vfs-cache-mode writes --vfs-write-back 0s --cache-dir cache :s3:{bucket}/mount m")},
	"s3fs": {needs: []string{"s3fs", "fusermount", "mountpoint", fuse},
		script: mounted(s3fs + ",enable_content_md5")},
	"s3fs, no checksum": {needs: []string{"s3fs", "fusermount", "mountpoint", fuse},
		script: mounted(s3fs), refused: judge.PutObject, problem: judge.NoChecksum},
}

const (
	// fuse is the device that a program needs to mount a bucket.
	fuse = "/dev/fuse"
	s3fs = "CURL_CA_BUNDLE={ca} s3fs {bucket} m -f -o url={endpoint},use_path_request_style"
)

// mounted is a script that mounts the bucket at the folder m, in the foreground,
// writes a file there and unmounts it.
func mounted(mount string) string {
	return "mkdir m && { " + mount + " & } && until mountpoint -q m; do kill -0 $! || exit 1; sleep 0.1; done; " +
		"cp file m/file; fusermount -u m; wait"
}

// TestWriters runs those programs of docs/writers.md that this machine has.
func TestWriters(t *testing.T) {
	scripts, err := filepath.Abs("testdata/python")
	if err != nil {
		t.Fatal(err)
	}
	d := deployed(t, byDefault)
	for name, w := range writers {
		t.Run(name, func(t *testing.T) {
			for _, program := range w.needs {
				if !has(program) {
					t.Logf("left out: this machine has no %s", program)
					return
				}
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "file"), []byte("of a writer\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			// Python's packages may be those of the user.
			with := func(o *Options) { o.Environ = append(o.Environ, "SCRIPTS="+scripts) }
			r := try(t.Context(), t, d, with, "sh", "-c", "cd "+dir+" && "+w.script)
			if w.refused == "" {
				if r.report.Verdict != judge.Clean || r.report.Left.Versions == 0 {
					t.Errorf("%s:\n%s\n%s", r.report.Verdict, Text(r.report), r.err)
				}
				return
			}
			f := r.refused(w.refused)
			if r.report.Verdict != judge.Fails || f == nil || w.problem != "" && f.Problem != w.problem {
				t.Errorf("%s, %+v:\n%s\n%s", r.report.Verdict, f, Text(r.report), r.err)
			}
		})
	}
}

// has reports whether the machine has a program, Python a package, or the user
// the device to mount with.
func has(program string) bool {
	if program == "boto3" {
		return exec.Command("python3", "-c", "import boto3").Run() == nil
	}
	if program == fuse {
		file, err := os.OpenFile(fuse, os.O_RDWR, 0)
		if err == nil {
			_ = file.Close()
		}
		return err == nil
	}
	_, err := exec.LookPath(program)
	return err == nil
}

// refused returns the finding of an operation that S3 refuses, or nil.
func (r trial) refused(operation judge.Operation) *judge.Finding {
	for _, f := range r.report.Findings {
		if f.Class == judge.Refused && f.Operation == operation {
			return &f
		}
	}
	return nil
}
