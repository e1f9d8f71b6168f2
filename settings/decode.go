package settings

import (
	"errors"
	"slices"
)

// Decode reads settings from the JSON that stands under context.datalock and
// holds them to every rule. The error is a [*SyntaxError] where the text isn't
// JSON, and otherwise [Mistakes] with all that is wrong; the settings must
// then not be used.
func Decode(text []byte) (Settings, error) {
	root, err := parse(text)
	if err != nil {
		return Settings{}, err
	}
	s, ms := decode(root)
	return s, ms.Err()
}

// ErrNoSettings is returned by [DecodeContext] where there is no datalock key.
var ErrNoSettings = errors.New(`there are no settings: context has no key "datalock"; write "datalock": {"region": "us-east-1", "buckets": {"ai-dataset": {}}} there`)

// DecodeContext reads settings from the whole context object of a cdktf.json,
// or of the environment variable CDKTF_CONTEXT_JSON, which holds the same.
// Beside the errors of [Decode] it returns [ErrNoSettings].
func DecodeContext(text []byte) (Settings, error) {
	root, err := parse(text)
	if err != nil {
		return Settings{}, err
	}
	var ms Mistakes
	return decodeContext(root, ms)
}

// DecodeFile reads settings from a whole cdktf.json, with the errors of
// [DecodeContext].
func DecodeFile(text []byte) (Settings, error) {
	root, err := parse(text)
	if err != nil {
		return Settings{}, err
	}
	var ms Mistakes
	ms.once(root, "context", "context")
	for _, key := range root.keys {
		if slices.Contains(ours, key) {
			ms.add(key, "", "stands beside context, where nobody reads it", "move it under context.datalock")
		}
	}
	context := root.fields["context"]
	if context == nil {
		context = &node{kind: objectKind}
	}
	return decodeContext(context, ms)
}

// ours are the keys that belong under context.datalock, and none of cdktf's.
var ours = []string{"datalock", "region", "account", "tags", "endpoint", "backend", "buckets", "exceptions"}

func decodeContext(context *node, ms Mistakes) (Settings, error) {
	ms.once(context, "datalock", "context.datalock")
	datalock := context.fields["datalock"]
	if datalock == nil && ms.Err() != nil {
		return Settings{}, ms.Err()
	}
	if datalock == nil {
		return Settings{}, ErrNoSettings
	}
	s, more := decode(datalock)
	return s, append(ms, more...).Err()
}

// once notes a key on the way to the settings that stands there twice. What
// else a cdktf.json holds is cdktf's.
func (ms *Mistakes) once(object *node, key, path string) {
	if slices.Contains(object.twice, key) {
		ms.add(path, "", "stands there more than once, and only one can count", "remove all but one")
	}
}

func decode(root *node) (Settings, Mistakes) {
	var (
		s  Settings
		ms Mistakes
	)
	r, ok := read(&ms, "", root)
	if !ok {
		return s, ms
	}
	r.str("region", &s.Region)
	r.str("account", &s.Account)
	s.Tags = r.strings("tags")
	r.str("endpoint", &s.Endpoint)
	if backend := r.object("backend"); backend != nil {
		s.Backend = decodeBackend(backend)
	}
	if buckets := r.object("buckets"); buckets != nil {
		s.Buckets = decodeBuckets(buckets)
	}
	s.Exceptions = decodeExceptions(r.objects("exceptions"))
	r.done()
	return s, append(ms, withoutRepeats(ms, s.Validate())...)
}

// withoutRepeats leaves out rules about keys whose values could not even be
// read: there the rule would speak of a default, or call the key missing.
func withoutRepeats(read, rules Mistakes) Mistakes {
	unread := map[string]bool{}
	for _, m := range read {
		unread[m.Path] = true
	}
	var kept Mistakes
	for _, m := range rules {
		if !unread[m.Path] {
			kept = append(kept, m)
		}
	}
	return kept
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
	// A zero means "not set" from here on, so that one that was written is
	// refused where it stands.
	switch {
	case hasDays && hasYears:
		r.ms.daysAndYears(r.path, days, years)
	case hasDays && days == 0:
		r.ms.days(r.path, 0)
	case hasYears && years == 0:
		r.ms.years(r.path, 0)
	case hasDays || hasYears:
		into.Days, into.Years = days, years
	}
	if r.integer("confirmRetentionDays", &into.ConfirmRetentionDays) && into.ConfirmRetentionDays == 0 {
		r.ms.add(join(r.path, "confirmRetentionDays"), "0", "must repeat the length of the retention in days", "leave the key out where the retention needs no confirmation")
	}
	decodeMaximum(r, into)
	r.done()
}
