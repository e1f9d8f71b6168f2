package folder

import (
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"datalock/dataset/internal/spill"

	"golang.org/x/text/unicode/norm"
)

// checkName returns why a name is invalid for an S3 key, or "".
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
func checkName(name string, limit int) string {
	switch {
	case !utf8.ValidString(name):
		return "has a name that is not UTF-8; rename it"
	case len(name) > limit:
		return fmt.Sprintf(
			"has a name of %d bytes, but a key under this prefix has room for %d; shorten it",
			len(name),
			limit,
		)
	case strings.ContainsFunc(name, unlistable):
		return "has a control character in its name; rename it"
	}
	return ""
}

// unlistable reports whether S3 can't list a character in XML 1.0, or a line of
// text can't contain it.
func unlistable(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff }

// addTwin records a name that isn't in Unicode normalization form C.
func (l *Listing) addTwin(name string) error {
	if norm.NFC.IsNormalString(name) {
		return nil
	}
	return l.decomposed.Add([]byte(norm.NFC.String(name) + "\x00" + name))
}

// twins reports names that differ only in their Unicode normalization. One of
// two such names isn't in form C, so only those are looked up.
func (l *Listing) twins(report Reporter) error {
	if l.decomposed.Count == 0 {
		return nil
	}
	next, stop := pull(l.sorter)
	defer stop()
	current, more, err := next()
	composed, first := "", ""
	for record, recordErr := range l.decomposed.Sorted() {
		if recordErr != nil {
			return recordErr
		}
		form, name, _ := strings.Cut(string(record), "\x00")
		if form == composed {
			report(name, twinOf(first))
			continue
		}
		composed, first = form, name
		for more && current < form {
			current, more, err = next()
		}
		if err != nil {
			return err
		}
		if more && current == form {
			report(name, twinOf(form))
		}
	}
	return nil
}

func twinOf(name string) string {
	return fmt.Sprintf("has the name of %+q in another Unicode normalisation; rename one", name)
}

// pull returns the sorter's names one at a time.
func pull(s *spill.Sorter) (next func() (string, bool, error), stop func()) {
	step, stop := iter.Pull2(s.Sorted())
	return func() (string, bool, error) {
		record, err, ok := step()
		if !ok || err != nil {
			return "", false, err
		}
		name, _, _ := strings.Cut(string(record), "\x00")
		return name, true, nil
	}, stop
}
