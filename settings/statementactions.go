package settings

import (
	_ "embed" // actionList
	"slices"
	"strings"
)

// actionList has the actions of S3: on each line what they are on (a bucket, an
// object, or something else) and their names. A test compares it with the list of
// the local server.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
//
//go:embed actions.txt
var actionList string

// farthest is the number of letters in which a misspelled action differs.
const farthest = 2

// validateActions finds actions for which S3 refuses the whole policy: those that
// are neither on buckets nor on objects, such as s3:ListAllMyBuckets, and misspelled
// ones. S3 gets new actions, so that one that isn't in the list is accepted if it
// isn't almost the same as another.
func (s statement) validateActions() {
	for _, key := range []string{"Action", "NotAction"} {
		for _, action := range texts(s.node.fields[key]) {
			rule, fix := actionMistake(action)
			if rule != "" {
				s.ms.add(join(s.path, key), quote(action), rule, fix)
			}
		}
	}
}

// The kinds of actions, by what they are on.
const onBucket, onObject, onOther = "bucket", "object", "other"

// actions yields the names of the actions of S3, without "s3:", and their kinds.
func actions(yield func(name, kind string) bool) {
	for line := range strings.Lines(actionList) {
		kind, names, _ := strings.Cut(line, " ")
		for _, name := range strings.Fields(names) {
			if !yield(name, kind) {
				return
			}
		}
	}
}

// kindOf returns what an action is on, or "" if it isn't in the list. A pattern
// isn't: it can stand for actions of more than one kind.
func kindOf(action string) string {
	for name, kind := range actions {
		if strings.EqualFold("s3:"+name, action) {
			return kind
		}
	}
	return ""
}

// actionMistake returns what is wrong with an action, or "", and the fix.
func actionMistake(action string) (rule, fix string) {
	name, is := strings.CutPrefix(strings.ToLower(action), "s3:")
	switch kind := kindOf(action); {
	case kind == onOther:
		return "is neither an action on buckets nor on objects, so S3 refuses it in a bucket policy",
			"remove it; a policy of IAM can have it"
	case kind != "", !is, strings.ContainsAny(name, "*?"):
		return "", ""
	}
	for known := range actions {
		lower := strings.ToLower(known)
		if distance(name, lower) <= farthest && (verbOf(name) == verbOf(lower) || verbOf(name) == "") {
			return "isn't an action of S3", "did you mean " + quote("s3:"+known) + "?"
		}
	}
	return "", ""
}

// verbs begin most actions. Two of them can differ in one letter: Get and Put name
// different actions.
var verbs = []string{"create", "delete", "get", "list", "put", "tag", "untag", "update"}

// verbOf returns the verb that an action in lower case begins with, or "".
func verbOf(action string) string {
	begins := func(verb string) bool { return strings.HasPrefix(action, verb) }
	if i := slices.IndexFunc(verbs, begins); i >= 0 {
		return verbs[i]
	}
	return ""
}
