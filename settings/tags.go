package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// AWS's limits for tags, in characters.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	mostTags        = 50
	longestTagKey   = 128
	longestTagValue = 256
)

// tagCharacters are the characters that every AWS service accepts in a tag.
// They leave out '$', '%' and '{', so no tag is a Terraform expression.
var tagCharacters = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func validateTags(path string, tags map[string]string) Mistakes {
	var ms Mistakes
	for _, key := range sortedKeys(tags) {
		ms = append(ms, validateTagKey(path, key)...)
		value := tags[key]
		if rule := lengthRule(value, 0, longestTagValue); rule != "" {
			ms.add(join(path, key), quote(value), rule, "shorten it")
		} else if !tagCharacters.MatchString(value) {
			ms.add(join(path, key), quote(value),
				"a tag's value may contain only letters, numbers, spaces and _ . : / = + - @", "replace the other characters")
		}
	}
	return ms
}

// validateRoleTags refuses tags that differ only in case if a stack has a role, to
// which the file's tags apply: IAM ignores the case of their keys, unlike S3, and
// would refuse the role after the buckets exist.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
func (s Settings) validateRoleTags() Mistakes {
	hasRole := func(stack string) bool {
		b := s.Buckets[stack]
		return b.Batch || b.Replica != nil || b.DataEvents != nil
	}
	stacks := s.Stacks()
	with := slices.IndexFunc(stacks, hasRole)
	if with < 0 {
		return nil
	}
	var ms Mistakes
	first := map[string]string{}
	for _, key := range sortedKeys(s.Tags) {
		folded := strings.ToLower(key)
		if other, taken := first[folded]; taken {
			ms.add(join("tags", key), "", "differs from "+quote(other)+" only in case, which IAM ignores, and stack "+
				quote(stacks[with])+" has a role with these tags", "rename one of the tags, or remove it")
			continue
		}
		first[folded] = key
	}
	return ms
}

func validateTagKey(path, key string) Mistakes {
	rule := lengthRule(key, 1, longestTagKey)
	switch {
	case rule != "":
		rule = "the tag's key " + rule
	case !tagCharacters.MatchString(key):
		rule = "a tag's key may contain only letters, numbers, spaces and _ . : / = + - @"
	case key == "__proto__":
		rule = "cdktf drops a tag with this key, which is a property of every JavaScript object"
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		rule = `AWS reserves tag keys that start with "aws:"`
	default:
		return nil
	}
	return mistake(join(path, key), "", rule, "rename the tag")
}

// validateTagCount checks the number of a bucket's tags, including those of
// the whole file.
func validateTagCount(path string, tags map[string]string) Mistakes {
	if len(tags) <= mostTags {
		return nil
	}
	return mistake(path, "",
		fmt.Sprintf("a resource can have %d tags, but this one has %d, including those of the whole file",
			mostTags, len(tags)),
		"remove some")
}
