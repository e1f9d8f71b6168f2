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
	// longestPrefix leaves room for the 26 characters that are appended to a
	// prefix.
	longestPrefix = longestName - 26
)

var (
	nameCharacters = regexp.MustCompile(`^[a-z0-9.-]*$`)
	ipAddress      = regexp.MustCompile(`^(\d{1,3}\.){3}\d{1,3}$`)

	reservedPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"}
)

// nameRule returns the AWS naming rule that a bucket name breaks, or "".
func nameRule(name string) string {
	if rule := lengthRule(name, shortestName, longestName); rule != "" {
		return rule
	}
	if rule := startRule(name); rule != "" {
		return rule
	}
	switch {
	case !isLetterOrNumber(name[len(name)-1]):
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

// prefixRule returns the rule that a name prefix breaks, or "".
func prefixRule(prefix string) string {
	if rule := lengthRule(prefix, 1, longestPrefix); rule != "" {
		return rule + ", because Terraform appends 26 characters"
	}
	return startRule(prefix)
}

// startRule returns the rule for whole names and prefixes that s breaks, or "".
func startRule(s string) string {
	switch {
	case !nameCharacters.MatchString(s):
		return "may contain only lower-case letters, numbers, '.' and '-'"
	case !isLetterOrNumber(s[0]):
		return "must start with a letter or a number"
	case strings.Contains(s, ".."):
		return "must not contain two periods in a row"
	}
	for _, prefix := range reservedPrefixes {
		if strings.HasPrefix(s, prefix) {
			return "must not start with " + quote(prefix) + ", which AWS reserves"
		}
	}
	return ""
}

func isLetterOrNumber(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

func validateBucketName(path, name string) Mistakes {
	if rule := nameRule(name); rule != "" {
		return mistake(path, quote(name), rule, "choose another bucket name")
	}
	return nil
}

// validateName checks the bucket's name or prefix, or the default prefix that
// is made from the stack's name.
func (b Bucket) validateName(path, stack string) Mistakes {
	name, prefix := b.NameOrPrefix(stack)
	switch {
	case b.Name != "" && b.NamePrefix != "":
		return mistake(join(path, "namePrefix"), quote(b.NamePrefix),
			`"name" and "namePrefix" can't both be set`, "remove one")
	case name != "":
		return validateBucketName(join(path, "name"), name)
	}
	rule := prefixRule(prefix)
	switch {
	case rule == "":
		return nil
	case b.NamePrefix != "":
		return mistake(join(path, "namePrefix"), quote(prefix), rule, "choose another prefix")
	case stackRule(stack) != "":
		return nil // the stack's name is reported already
	}
	return mistake(path, "", "the default name prefix "+quote(prefix)+" "+rule,
		`set "name" or "namePrefix", or rename the stack`)
}
