package settings

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// A File is what a cdktf.json contains.
type File struct {
	Settings Settings
	// Text is the JSON under context.datalock, as it is in the file.
	Text json.RawMessage
	// Context is the rest of the context, which is cdktf's.
	Context map[string]any
}

// Decode reads settings from the JSON under context.datalock and checks every
// rule. The error is a [*SyntaxError] if the text isn't JSON, [ErrNested] if it is
// nested too deeply, and otherwise [Mistakes] with everything that is wrong. Don't
// use the settings if there is an error.
func Decode(text []byte) (Settings, error) {
	root, err := parse(text)
	if err != nil {
		return Settings{}, err
	}
	s, ms := decode(root, "")
	return s, ms.Err()
}

// ErrNoSettings is returned by [DecodeContext] if there is no datalock key.
var ErrNoSettings = errors.New(`no settings: context has no key "datalock"; ` +
	`add "datalock": {"region": "us-east-1", "buckets": {"ai-dataset": {}}}`)

// DecodeContext reads the context object of a cdktf.json, or the environment
// variable CDKTF_CONTEXT_JSON, which contains the same. output is the folder
// that the stacks are written to, as in [Settings]. In addition to the errors
// of [Decode] it returns [ErrNoSettings].
func DecodeContext(text []byte, output string) (File, error) {
	root, err := parse(text)
	if err != nil {
		return File{}, err
	}
	return decodeContext(root, output, nil)
}

// DecodeFile reads a whole cdktf.json, with the errors of [DecodeContext].
// output replaces cdktf's own key of that name, unless it is empty.
func DecodeFile(text []byte, output string) (File, error) {
	root, err := parse(text)
	if err != nil {
		return File{}, err
	}
	var ms Mistakes
	ms.once(root, "context", "context")
	if n := root.fields["output"]; n != nil {
		switch {
		case n.kind != stringKind:
			ms.wrongType("output", n, stringKind, `write a folder, as in "output": "cdktf.out", or remove the key`)
		case output == "":
			output = n.text
		}
	}
	for _, key := range root.keys {
		if slices.Contains(ours, key) || misspelled(key) {
			ms.add(key, "", "is outside context, so it has no effect", "move it to context.datalock")
		}
	}
	context := root.fields["context"]
	if context == nil {
		context = &node{kind: objectKind}
	}
	return decodeContext(context, output, ms)
}

// ours are the keys that belong under context.datalock. None is a key of
// cdktf's.
var ours = []string{
	"datalock", "region", "account", "tags", "awsProviderVersion", "endpoint", "allowPlainHTTP", "backend", "buckets",
	"check", "exceptions",
}

func decodeContext(context *node, output string, ms Mistakes) (File, error) {
	ms.once(context, "datalock", "context.datalock")
	datalock := context.fields["datalock"]
	if datalock == nil {
		for _, key := range context.keys {
			if misspelled(key) {
				ms.add(join("context", key), "", "unknown key", `did you mean "datalock"?`)
			}
		}
		if len(ms) == 0 {
			return File{}, ErrNoSettings
		}
		return File{}, ms
	}
	s, more := decode(datalock, output)
	file := File{Settings: s, Text: datalock.raw, Context: map[string]any{}}
	for key, value := range context.fields {
		if key != "datalock" {
			file.Context[key] = value.value()
		}
	}
	return file, append(ms, more...).Err()
}

// misspelled reports whether a key was probably meant to be "datalock".
func misspelled(key string) bool { return nearest(key, []string{"datalock"}) != "" }

// once reports a duplicate key on the way to the settings. Everything else in
// a cdktf.json is cdktf's.
func (ms *Mistakes) once(object *node, key, path string) {
	if slices.Contains(object.twice, key) {
		ms.add(path, "", "duplicate key", "keep only one")
	}
}

func decode(root *node, output string) (Settings, Mistakes) {
	var (
		s  = Settings{Output: output}
		ms Mistakes
	)
	r, ok := read(&ms, "", root)
	if !ok {
		return s, ms
	}
	r.str("region", &s.Region)
	r.str("account", &s.Account)
	s.Tags = r.strings("tags")
	r.str("awsProviderVersion", &s.AWSProviderVersion)
	r.str("endpoint", &s.Endpoint)
	r.boolean("allowPlainHTTP", &s.AllowPlainHTTP)
	if backend := r.object("backend"); backend != nil {
		s.Backend = decodeBackend(backend)
	}
	if buckets := r.object("buckets"); buckets != nil {
		s.Buckets = decodeBuckets(buckets)
	}
	if check := r.object("check"); check != nil {
		decodeCheck(check, &s.Check)
	}
	s.Exceptions = decodeExceptions(r.objects("exceptions"))
	r.done()
	return s, append(ms, withoutRepeats(ms, s.Validate())...)
}

// withoutRepeats drops rules about keys whose values couldn't be read: such a
// rule would be about a default, or call the key missing.
func withoutRepeats(read, rules Mistakes) Mistakes {
	unread := map[string]bool{}
	for _, m := range read {
		unread[m.Path] = true
	}
	var kept Mistakes
	for _, m := range rules {
		if !unread[m.Path] && !slices.ContainsFunc(m.premises(), func(path string) bool { return unread[path] }) {
			kept = append(kept, m)
		}
	}
	return kept
}

// premises returns the paths of other settings of the bucket that a rule about a
// setting also depends on: a length of retention, or the evidence bucket.
func (m Mistake) premises() []string {
	var paths []string
	if bucket, _, of := strings.Cut(m.Path, ".renew"); of {
		retention := bucket + ".retention"
		paths = append(paths, retention, retention+".days", retention+".years", retention+".maximumDays")
	}
	for _, key := range []string{".maximumDays", ".confirmRetentionDays"} {
		if retention, of := strings.CutSuffix(m.Path, key); of {
			paths = append(paths, retention+".days", retention+".years")
		}
	}
	for _, key := range []string{".accessLogs", ".inventory", ".batch"} {
		if bucket, of := strings.CutSuffix(m.Path, key); of && m.Value == "" {
			paths = append(paths, bucket+".evidence")
		}
	}
	return paths
}

func decodeBuckets(r *reader) map[string]Bucket {
	buckets := map[string]Bucket{}
	for _, stack := range r.node.keys {
		bucket := DefaultBucket()
		if nested := r.object(stack); nested != nil {
			decodeBucket(nested, &bucket)
		}
		buckets[stack] = bucket
	}
	return buckets
}

func decodeBucket(r *reader, b *Bucket) {
	r.str("name", &b.Name)
	r.str("namePrefix", &b.NamePrefix)
	r.str("region", &b.Region)
	b.Tags = r.strings("tags")
	if retention := r.object("retention"); retention != nil {
		decodeRetention(retention, &b.Retention)
	}
	decodeGuards(r, b)
	r.number("expectedTB", "a volume in TB", mostTB, &b.ExpectedTB)
	if renew := r.object("renew"); renew != nil {
		decodeRenew(renew, &b.Renew)
	}
	decodeTopology(r, b)
	b.Adopt = decodeAdopt(r)
	b.PolicyStatements = decodeStatements(r)
	r.boolean("preventDestroy", &b.PreventDestroy)
	r.done()
}

func decodeRetention(r *reader, into *Retention) {
	var (
		mode        = string(into.Mode)
		days, years int
	)
	r.str("mode", &mode)
	into.Mode = RetentionMode(mode)
	hasDays, hasYears := r.integer("days", &days), r.integer("years", &years)
	// From here on a zero means "not set", so a zero in the file is reported
	// here.
	switch {
	case hasDays && hasYears:
		r.report(daysAndYears(r.path, days, years))
	case hasDays && days == 0:
		r.report(daysOutOfRange(r.path, 0))
	case hasYears && years == 0:
		r.report(yearsOutOfRange(r.path, 0))
	case hasDays || hasYears:
		into.Days, into.Years = days, years
	}
	if r.integer("confirmRetentionDays", &into.ConfirmRetentionDays) && into.ConfirmRetentionDays == 0 {
		r.ms.add(join(r.path, "confirmRetentionDays"), "0", "must equal the retention in days",
			"remove the key if the retention needs no confirmation")
	}
	decodeMaximum(r, into)
	r.done()
}
