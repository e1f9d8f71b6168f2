package dataset

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"datalock/dataset/manifest"
)

const metaFolder = manifest.Folder

// Names of the files beside the shards.
const (
	manifestName  = "manifest.json"
	signatureName = "manifest.sigstore.json"
	croissantName = "croissant.json"
)

// maxKey is the maximum length of an S3 key in bytes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const maxKey = 1024

// A Location is a dataset's bucket and prefix.
type Location struct {
	Bucket string `json:"bucket"`
	// Prefix has no leading or trailing slash.
	Prefix string `json:"prefix"`
}

// ParseLocation reads s3://BUCKET/PREFIX.
func ParseLocation(text string) (Location, error) {
	fail := func(problem string) (Location, error) {
		return Location{}, fmt.Errorf(
			"location %q: %s; write s3://BUCKET/PREFIX, such as s3://acme-data/imagenet/2026-11",
			text,
			problem,
		)
	}
	rest, ok := strings.CutPrefix(text, "s3://")
	if !ok {
		return fail("must begin with s3://")
	}
	bucket, prefix, _ := strings.Cut(rest, "/")
	l := Location{Bucket: bucket, Prefix: strings.TrimSuffix(prefix, "/")}
	if problem := bucketProblem(rest); problem != "" {
		return fail(problem)
	}
	if err := l.check(); err != nil {
		return fail(err.Error())
	}
	return l, nil
}

// bucketProblem says why what follows s3:// doesn't begin with a bucket's name. S3 decides
// which names are valid: buckets of before 2018 have longer ones, with other characters.
func bucketProblem(rest string) string {
	name, _, _ := strings.Cut(rest, "/")
	unusual := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(".-_", r)
	}
	switch {
	case name == "":
		return "has no bucket"
	case strings.HasPrefix(name, "arn:"):
		return "has an ARN; datasets need the bucket itself, by its name"
	case strings.HasSuffix(name, "-s3alias") || strings.HasSuffix(name, "--ol-s3"):
		return "has the alias of an access point; datasets need the bucket itself, by its name"
	case strings.ContainsFunc(name, unusual) || strings.Trim(name, ".") == "" || strings.Contains(name, ".."):
		return fmt.Sprintf("%q isn't the name of a bucket", name)
	}
	return ""
}

// check returns why a prefix is invalid.
func (l Location) check() error {
	switch {
	case l.Prefix == "":
		return errors.New("has no prefix, but a dataset needs one")
	case !utf8.ValidString(l.Prefix) || strings.ContainsFunc(l.Prefix, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("its prefix has a control character or is not UTF-8")
	case len(l.meta(manifestName)) > maxKey:
		return fmt.Errorf("its prefix is too long for keys of %d bytes", maxKey)
	}
	for part := range strings.SplitSeq(l.Prefix, "/") {
		switch part {
		case "", ".", "..":
			return fmt.Errorf("its prefix has the part %q, which many S3 clients can't read", part)
		}
	}
	if l.Prefix == metaFolder || strings.HasPrefix(l.Prefix, metaFolder+"/") {
		return fmt.Errorf("its prefix is inside %s/, which is reserved for manifests", metaFolder)
	}
	return nil
}

// longestName is the longest name of a file that describes a dataset.
const longestName = renewalFolder + recordTime + recordSignature

// checkRoom returns an error if the key of such a file would be too long for S3.
func (l Location) checkRoom(name string) error {
	if over := len(l.meta(name)) - maxKey; over > 0 {
		return fmt.Errorf("%s: the prefix is %d bytes too long for the key of %s, of at most %d bytes",
			l, over, strings.Replace(name, recordTime, "TIME", 1), maxKey)
	}
	return nil
}

// String returns s3://BUCKET/PREFIX.
func (l Location) String() string { return "s3://" + l.Bucket + "/" + l.Prefix }

// data returns the key of a file.
func (l Location) data(name string) string { return l.Prefix + "/" + name }

// meta returns the key of a file that describes the dataset.
func (l Location) meta(name string) string { return metaFolder + "/" + l.Prefix + "/" + name }

// url returns the s3:// URL of a key.
func (l Location) url(key string) string { return "s3://" + l.Bucket + "/" + key }

// above returns the locations whose prefix contains this one.
func (l Location) above() []Location {
	var all []Location
	for at := path.Dir(l.Prefix); at != "."; at = path.Dir(at) {
		all = append(all, Location{l.Bucket, at})
	}
	return all
}

// ownMeta reports whether a name below the dataset's part of .datalock/ belongs
// to this dataset, not to one with a longer prefix.
func ownMeta(name string) bool {
	return name == manifestName || isBeside(name) || isRenewal(name) ||
		strings.HasPrefix(name, "entries-") && !strings.Contains(name, "/")
}
