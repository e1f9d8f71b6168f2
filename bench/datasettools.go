package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A tool is a way to copy a folder into a bucket.
type tool struct {
	name   string
	binary string
	// copies returns the arguments that copy a folder to the prefix of a bucket.
	copies func(dir, prefix string, at target) []string
	// env are its variables.
	env func(at target) []string
}

// A target is an S3 server with a bucket.
type target struct {
	name, endpoint, region, access, secret string
}

const (
	datasetBucket = "data"
	datalockName  = "datalock publish"
	s5cmdName     = "s5cmd v2.3.0"
	rcloneName    = "rclone v1.76.0"
)

// buildTools compiles Datalock, and its peers into the user's cache folder: each
// is in its own module, at an exact version.
func buildTools(work string) ([]tool, error) {
	binary := filepath.Join(work, "datalock")
	if err := build(".", binary, "./cmd/datalock"); err != nil {
		return nil, err
	}
	s5cmd, err := cached("s5cmd", "v2.3.0", "github.com/peak/s5cmd/v2")
	if err != nil {
		return nil, err
	}
	rclone, err := cached("rclone", "v1.76.0", ".")
	if err != nil {
		return nil, err
	}
	return []tool{
		{datalockName, binary, publishArgs, keys},
		{s5cmdName, s5cmd, s5cmdArgs, keys},
		{rcloneName, rclone, rcloneArgs, rcloneEnv},
	}, nil
}

// cached builds a peer unless the cache has it.
func cached(name, version, main string) (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(user, "datalock", "bench", name+"-"+version)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(filepath.Dir(binary), 0o700); err != nil {
		return "", err
	}
	return binary, build(filepath.Join("bench", name), binary, main)
}

func build(dir, binary, main string) error {
	progress("build: %s in %s", main, dir)
	cmd := exec.Command("go", "build", "-o", binary, main)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s in %s: %w\n%s", main, dir, err, out)
	}
	return nil
}

func keys(at target) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + at.access, "AWS_SECRET_ACCESS_KEY=" + at.secret, "AWS_REGION=" + at.region, "AWS_CA_BUNDLE=",
	}
}

func publishArgs(dir, prefix string, at target) []string {
	return []string{"publish", dir, "s3://" + datasetBucket + "/" + prefix, "--endpoint", at.endpoint, "--yes"}
}

// s5cmdArgs: its own default is 256 workers. It can't lock.
func s5cmdArgs(dir, prefix string, at target) []string {
	to := "s3://" + datasetBucket + "/" + prefix + "/"
	return []string{"--log", "error", "--endpoint-url", at.endpoint, "cp", dir + "/", to}
}

// rcloneArgs: with its default of 4 transfers it would be slower. Parts of 5
// MiB, 4 at a time, are its default.
func rcloneArgs(dir, prefix string, _ target) []string {
	return []string{
		"copy", dir, "bench:" + datasetBucket + "/" + prefix, "--transfers", "64", "--checkers", "64",
		"--s3-no-check-bucket", "--s3-object-lock-mode", "COMPLIANCE", "--s3-object-lock-retain-until-date", "2d",
	}
}

func rcloneEnv(at target) []string {
	return append(keys(at),
		"RCLONE_CONFIG="+os.DevNull, "RCLONE_CONFIG_BENCH_TYPE=s3", "RCLONE_CONFIG_BENCH_PROVIDER=Other",
		"RCLONE_CONFIG_BENCH_ENV_AUTH=true", "RCLONE_CONFIG_BENCH_ENDPOINT="+at.endpoint,
		"RCLONE_CONFIG_BENCH_REGION="+at.region)
}
