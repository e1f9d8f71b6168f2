package adopt_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/internal/adopt"
)

var member = adopt.Member{
	Name: "acme", Adopt: []string{"aws_s3_bucket_versioning"},
	PolicyStatements: []json.RawMessage{json.RawMessage(`{"Sid":"<A>"}`)},
}

// TestInsert holds each file to its text before and after.
func TestInsert(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"lines": {
			"{\n  \"a\": 1.50,\n  \"context\": {\n    \"datalock\": {\n      \"buckets\": {\n        \"one\": { \"x\":  1 " +
				"}\n      },\n      \"z\": 1\n    }\n  }\n}\n",
			"{\n  \"a\": 1.50,\n  \"context\": {\n    \"datalock\": {\n      \"buckets\": {\n        \"one\": { \"x\":  1 },\n" +
				"        \"two\": {\n          \"name\": \"acme\",\n          \"adopt\": [\n            " +
				"\"aws_s3_bucket_versioning\"\n          ],\n" +
				"          \"policyStatements\": [\n            {\n              \"Sid\": \"<A>\"\n            }\n          ]\n " +
				"       }\n" +
				"      },\n      \"z\": 1\n    }\n  }\n}\n",
		},
		"tabs and CRLF": {
			"{\r\n\t\"context\": {\r\n\t\t\"datalock\": {\r\n\t\t\t\"buckets\": {}\r\n\t\t}\r\n\t}\r\n}\r\n",
			"{\r\n\t\"context\": {\r\n\t\t\"datalock\": {\r\n\t\t\t\"buckets\": {\r\n\t\t\t\t\"two\": " +
				"{\r\n\t\t\t\t\t\"name\": \"acme\",\r\n\t\t\t\t\t\"adopt\": [\r\n" +
				"\t\t\t\t\t\t\"aws_s3_bucket_versioning\"\r\n\t\t\t\t\t],\r\n\t\t\t\t\t\"policyStatements\": " +
				"[\r\n\t\t\t\t\t\t{\r\n\t\t\t\t\t\t\t\"Sid\": \"<A>\"\r\n" +
				"\t\t\t\t\t\t}\r\n\t\t\t\t\t]\r\n\t\t\t\t}\r\n\t\t\t}\r\n\t\t}\r\n\t}\r\n}\r\n",
		},
		"one line": {
			`{"context":{"other":{"buckets":{}},"datalock":{"buckets":{"one":{}} , "z":[1, 2]}}}`,
			`{"context":{"other":{"buckets":{}},"datalock":{"buckets":{"one":{}, "two": ` +
				`{"name":"acme","adopt":["aws_s3_bucket_versioning"],` +
				`"policyStatements":[{"Sid":"<A>"}]}} , "z":[1, 2]}}}`,
		},
		"byte order mark": {
			"\xef\xbb\xbf" + `{"context":{"datalock":{"buckets":{}}}}`,
			"\xef\xbb\xbf" + `{"context":{"datalock":{"buckets":{"two": ` +
				`{"name":"acme","adopt":["aws_s3_bucket_versioning"],` +
				`"policyStatements":[{"Sid":"<A>"}]}}}}}`,
		},
		"no buckets": {
			`{"context":{"datalock":{"region":"us-east-1"}}}`,
			`{"context":{"datalock":{"region":"us-east-1", "buckets": ` +
				`{"two":{"name":"acme","adopt":["aws_s3_bucket_versioning"],` +
				`"policyStatements":[{"Sid":"<A>"}]}}}}}`,
		},
	} {
		got, err := adopt.Insert([]byte(c.before), "two", member)
		if err != nil || string(got) != c.after {
			t.Errorf("%s: %v\n%q\nwant\n%q", name, err, got, c.after)
		}
		if again, err := adopt.Insert(got, "two", member); !errors.Is(err, adopt.ErrThere) {
			t.Errorf("%s: a second time: %v, %s", name, err, again)
		}
	}
	for _, text := range []string{
		"", "{", `[]`, `{"context":{}}`, `{"context":{"datalock":{"buckets":{"one"`, `{"context":[]}`,
	} {
		if got, err := adopt.Insert([]byte(text), "two", member); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestWrite holds that a file is replaced whole, through a link and with its
// mode, and not if it was changed meanwhile.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "cdktf.json")
	ok(t, os.WriteFile(path, []byte("was"), 0o640), os.Symlink("file", link))
	if err := adopt.Write(link, []byte("other"), []byte("is")); err == nil ||
		!strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("a file that was changed: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "was" {
		t.Errorf("it was written: %s", text)
	}
	ok(t, adopt.Write(link, []byte("was"), []byte("is")))
	text, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	ok(t, err, statErr)
	if string(text) != "is" || info.Mode().Perm() != 0o640 {
		t.Errorf("%s, %s", text, info.Mode())
	}
	if target, err := os.Readlink(link); err != nil || target != "file" {
		t.Errorf("the link is gone: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}
