package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// ran runs the tool in this process, with its output in files.
func ran(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var files [2]*os.File
	for i, name := range []string{"out", "err"} {
		file, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		files[i] = file
	}
	null, failed := os.Open(os.DevNull)
	if failed != nil {
		t.Fatal(failed)
	}
	defer null.Close()
	code = run(t.Context(), args, streams{in: null, out: files[0], err: files[1]})
	read := func(file *os.File) string {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return code, read(files[0]), read(files[1])
}

// TestEmptyFlags: no flag of any verb takes an empty value, as a script passes it
// if its variable isn't set.
func TestEmptyFlags(t *testing.T) {
	flags := 0
	for _, verb := range newRoot(streams{}).Commands() {
		verb.Flags().VisitAll(func(f *pflag.Flag) {
			if kind := f.Value.Type(); kind != "string" && kind != "stringArray" {
				return
			}
			flags++
			if err := verb.Flags().Set(f.Name, ""); err != nil {
				t.Fatal(err)
			}
			if err := flagMistakes(verb); err == nil || !strings.Contains(err.Error(), "--"+f.Name+": is empty") {
				t.Errorf("%s --%s \"\": %v", verb.Name(), f.Name, err)
			}
		})
	}
	if flags < 50 {
		t.Errorf("only %d flags were tried", flags)
	}
	for _, c := range []struct{ args, want []string }{
		{
			[]string{"verify", "s3://data/set", "--root", "", "--key", "", "--until", "", "--sample", "0"},
			[]string{"--root: is empty", "--key: is empty", "--until: is empty", "--sample 0: must be 1 or more"},
		},
		{[]string{"publish", ".", "s3://data/set", "--days", "0"}, []string{"--days 0: must be from 1 to 36500"}},
		{[]string{"publish", ".", "s3://data/set", "--exclude", "", "--exclude", "x"}, []string{"--exclude: is empty"}},
		{[]string{"renew", "s3://data", "--due", "--stack", ""}, []string{"--stack: is empty"}},
		{[]string{"check", "plan.json", "--only", " "}, []string{"--only: is empty"}},
	} {
		code, out, err := ran(t, c.args...)
		for _, want := range c.want {
			if code != exitFailed || out != "" || !strings.Contains(err, want) {
				t.Errorf("%q: exit %d, %q, %q, want %q", c.args, code, out, err, want)
			}
		}
	}
}

// TestAllFlagMistakesAtOnce: one wrong flag doesn't hide another.
func TestAllFlagMistakesAtOnce(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{
			[]string{
				"publish", ".", "data/set", "--key", "absent.pem", "--days", "-1", "--retain-until", "2999-01-01",
				"--exclude", "[", "--license", "MIT",
			},
			[]string{
				`location "data/set"`, "absent.pem", "--days -1: must be", "set a date or a number of days, not both",
				`exclude pattern "["`, "--license and --creator: are for --croissant",
			},
		},
		{
			[]string{
				"verify", "s3://data/set", "--root", "abc", "--key", "absent.pem", "--until", "soon", "--read", "--sample", "3",
				"--wait",
			},
			[]string{
				`--root: root digest "abc": must be the 64 hexadecimal digits`, "absent.pem", `--until "soon"`,
				"--read and --sample", "are for --at-rest",
			},
		},
		{
			[]string{"publish", ".", "data/set", "--key", "", "--days", "0", "--jobs", "2000", "--endpoint", "nowhere"},
			[]string{
				"--key: is empty", "--days 0: must be from 1 to 36500", "--jobs 2000: must be from 1 to 1024",
				`location "data/set"`, `--endpoint "nowhere"`,
			},
		},
		{
			[]string{"verify", "data/set", "--root", "", "--sample", "-1", "--job-date", "soon", "--at-rest", "--read"},
			[]string{
				"--root: is empty", "--sample -1: must be 1 or more", `--job-date "soon"`, `location "data/set"`,
				"--at-rest: leave out --read", "jobs cost money; pass --yes",
			},
		},
		{
			[]string{
				"renew", "data/set", "--days", "-3", "--until", "soon", "--root", "abc", "--key", "absent.pem", "--price", "NaN",
				"--wait", "--stack", "x", "--endpoint", "nowhere", "--job-days", "0",
			},
			[]string{
				"--days -3: must be from 1 to 36500", "renew: pass either --until DATE or --days N", `--until "soon"`,
				`--root: root digest "abc"`, "absent.pem", "--price NaN: must be 0 or more", "--wait and --job-days: are for --batch",
				"--stack: is for --due and --batch", `--endpoint "nowhere"`, "--job-days 0: must be 1 or more", `location "data/set"`,
			},
		},
		{
			[]string{"renew", "s3://data/set", "--due", "--days", "0", "--batch"},
			[]string{
				"--days 0: must be from", "--due: takes its dates from the settings", `renew "s3://data/set" --due: name a bucket`,
				"pass --yes to continue",
			},
		},
		{
			[]string{
				"backfill", "s3://data/set", "--mode", "WORM", "--confirm", "other", "--stack", "x", "--until", "soon", "--days", "3",
				"--price", "-1", "--jobs", "-1",
			},
			[]string{
				`mode "WORM": must be GOVERNANCE or COMPLIANCE`, "--confirm other: the bucket is data", "--stack: are for --batch",
				`--until "soon"`, "backfill: pass either --until DATE or --days N", "--price -1: must be 0 or more",
				"--jobs -1: must be from 1 to 1024", "pass --yes to continue",
			},
		},
		{
			[]string{"backfill", "data", "--days", "4", "--mode", "COMPLIANCE"},
			[]string{`backfill "data": must be a bucket`, "pass --yes to continue", "pass --confirm data too"},
		},
	} {
		code, _, err := ran(t, c.args...)
		for _, want := range c.want {
			if code != exitFailed || strings.Count(err, want) != 1 {
				t.Errorf("%q: exit %d, %q, want %q once", c.args, code, err, want)
			}
		}
	}
}
