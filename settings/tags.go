package settings

import (
	"fmt"
	"regexp"
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
