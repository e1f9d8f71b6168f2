package settings

import (
	"regexp"
	"strings"
)

// Limits of bucket names.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const (
	shortestName = 3
	longestName  = 63
	// longestPrefix leaves room for the 26 characters with which the AWS
	// provider completes a prefix.
	longestPrefix = longestName - 26
)

var (
	nameCharacters = regexp.MustCompile(`^[a-z0-9.-]*$`)
	ipAddress      = regexp.MustCompile(`^(\d{1,3}\.){3}\d{1,3}$`)

	reservedPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"}
)

// nameRule returns which of AWS's naming rules a bucket name breaks, or "".
func nameRule(name string) string {
	switch {
	case len(name) < shortestName || len(name) > longestName:
		return "must be 3 to 63 characters long"
	case beginningRule(name) != "":
		return beginningRule(name)
	case !endsPlainly(name[len(name)-1]):
		return "must end with a letter or a number"
	case ipAddress.MatchString(name):
		return "must not look like an IP address"
	}
	for _, suffix := range reservedSuffixes {
		if strings.HasSuffix(name, suffix) {
			return "must not end with " + quote(suffix) + ", which AWS reserves"
		}
	}
	return ""
}

// prefixRule returns which rule a name prefix breaks, or "".
func prefixRule(prefix string) string {
	if len(prefix) < 1 || len(prefix) > longestPrefix {
		return "must be 1 to 37 characters long, because Terraform appends 26 more"
	}
	return beginningRule(prefix)
}

// beginningRule holds the rules that bind a whole name and a prefix alike.
func beginningRule(s string) string {
	switch {
	case !nameCharacters.MatchString(s):
		return "must consist of lower-case letters a-z, numbers, '.' and '-'"
	case !endsPlainly(s[0]):
		return "must begin with a letter or a number"
	case strings.Contains(s, ".."):
		return "must not have two periods in a row"
	}
	for _, prefix := range reservedPrefixes {
		if strings.HasPrefix(s, prefix) {
			return "must not begin with " + quote(prefix) + ", which AWS reserves"
		}
	}
	return ""
}

func endsPlainly(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

func (ms *Mistakes) bucketName(path, name string) {
	if rule := nameRule(name); rule != "" {
		ms.add(path, quote(name), rule, "choose another bucket name")
	}
}

func (ms *Mistakes) naming(path, stack string, b Bucket) {
	name, prefix := b.NameOrPrefix(stack)
	switch {
	case b.Name != "" && b.NamePrefix != "":
		ms.add(join(path, "namePrefix"), quote(b.NamePrefix), "a bucket has a name or a namePrefix, not both", "leave one of the two out")
	case name != "":
		ms.bucketName(join(path, "name"), name)
	case b.NamePrefix != "":
		if rule := prefixRule(prefix); rule != "" {
			ms.add(join(path, "namePrefix"), quote(prefix), rule, "choose another prefix")
		}
	default:
		if rule := prefixRule(prefix); rule != "" && stackRule(stack) == "" {
			ms.add(path, "", "the bucket's name would begin with "+quote(prefix)+", but a bucket name "+rule,
				`set "name" or "namePrefix", or rename the stack`)
		}
	}
}
