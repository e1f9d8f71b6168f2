package settings

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// AWS's limits for tags, in characters.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	mostTags        = 50
	longestTagKey   = 128
	longestTagValue = 256
)

// tagCharacters are those which every AWS service takes in a tag. They leave
// out '$', '%' and '{', so that no tag is a Terraform expression.
var tagCharacters = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func (ms *Mistakes) tags(path string, tags map[string]string) {
	for _, key := range sortedKeys(tags) {
		ms.tagKey(path, key)
		value := tags[key]
		switch {
		case utf8.RuneCountInString(value) > longestTagValue:
			ms.add(join(path, key), quote(value), "a tag's value must be at most 256 characters long", "shorten it")
		case !tagCharacters.MatchString(value):
			ms.add(join(path, key), quote(value), "a tag's value may have letters, numbers, spaces and _ . : / = + - @", "replace the other characters")
		}
	}
}

func (ms *Mistakes) tagKey(path, key string) {
	length := utf8.RuneCountInString(key)
	switch {
	case length < 1 || length > longestTagKey:
		ms.add(join(path, key), "", "a tag's key must be 1 to 128 characters long", "rename the tag")
	case !tagCharacters.MatchString(key):
		ms.add(join(path, key), "", "a tag's key may have letters, numbers, spaces and _ . : / = + - @", "rename the tag")
	case key == "__proto__":
		ms.add(join(path, key), "", "cdktf's JavaScript would lose a tag of this name", "rename the tag")
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		ms.add(join(path, key), "", `tag keys that begin with "aws:" are reserved by AWS`, "rename the tag")
	}
}

func (ms *Mistakes) tagCount(path string, tags map[string]string) {
	if len(tags) > mostTags {
		ms.add(path, "", fmt.Sprintf("a resource has at most %d tags, and with those of the whole file this one has %d", mostTags, len(tags)), "remove some")
	}
}
