package settings

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// regionShape is the shape of AWS Region codes in every partition: us-east-1,
// us-gov-west-1, us-isob-east-1, eusc-de-east-1. A list of Regions would soon
// be out of date.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var regionShape = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,12}){1,2}-[1-9][0-9]?$`)

// endpointRegion is the shape of a Region at an endpoint. It is only used to
// sign requests.
var endpointRegion = regexp.MustCompile(`^[A-Za-z0-9-]*$`)

const longestEndpointRegion = 64

var accountShape = regexp.MustCompile(`^[0-9]{12}$`)

// validateRegion checks a Region against the shape of AWS's codes, or, at an
// endpoint, for characters that every server accepts.
func validateRegion(path, region, endpoint string) Mistakes {
	switch {
	case region == "":
		return mistake(path, "", "missing", `set the AWS Region of the buckets, such as "us-east-1"`)
	case endpoint == "" && !regionShape.MatchString(region):
		return mistake(path, quote(region), "must be the code of an AWS Region",
			`use a code such as "us-east-1" or "eu-central-1"`)
	case endpoint == "":
		return nil
	}
	rule := lengthRule(region, 1, longestEndpointRegion)
	if rule == "" && !endpointRegion.MatchString(region) {
		rule = "may contain only letters, numbers and '-'"
	}
	if rule == "" {
		return nil
	}
	return mistake(path, quote(region), rule, "use the Region that the server at the endpoint uses")
}

func (s Settings) validateAccount() Mistakes {
	const digits = 12
	switch {
	case s.Account == "":
		return nil
	case lengthRule(s.Account, digits, digits) != "":
		return mistake("account", quote(s.Account),
			"is "+characters(s.Account)+" long, but an AWS account ID has 12 digits",
			`write the digits only, in quotes, such as "012345678901"`)
	case !accountShape.MatchString(s.Account):
		return mistake("account", quote(s.Account), "must be the 12 digits of an AWS account ID",
			`write the digits only, in quotes, such as "012345678901"`)
	case s.Endpoint != "":
		return mistake("account", quote(s.Account),
			`can't be checked with "endpoint" set, because an S3-compatible server has no AWS account`,
			`remove "account" or "endpoint"`)
	}
	return nil
}

func validateEndpoint(path, endpoint string) Mistakes {
	if endpoint == "" || IsEndpoint(endpoint) {
		return nil
	}
	return mistake(path, quote(endpoint),
		"must be the URL of an S3-compatible server: http or https, a host and an optional port, without path or password",
		`use a URL such as "https://127.0.0.1:9000", or remove the key to use AWS`)
}

// validatePlainHTTP refuses an http endpoint unless it is confirmed: the bucket
// policy would lock everybody out, the deploying role included.
func (s Settings) validatePlainHTTP() Mistakes {
	plain := strings.HasPrefix(strings.ToLower(s.Endpoint), "http://")
	switch {
	case plain && !s.AllowPlainHTTP && IsEndpoint(s.Endpoint):
		return mistake("endpoint", quote(s.Endpoint),
			"is plain HTTP, and the bucket policy denies every request over plain HTTP",
			`use an https URL, or set "allowPlainHTTP": true to leave that statement out of the policy`)
	case s.AllowPlainHTTP && !plain:
		return mistake("allowPlainHTTP", "true", "has no effect, because there is no http endpoint", "remove the key")
	}
	return nil
}

// IsEndpoint reports whether a text is the URL of an S3-compatible server: http or
// https, a host and an optional port.
func IsEndpoint(endpoint string) bool {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil:
		return false
	case u.Path != "" && u.Path != "/", strings.ContainsAny(endpoint, "?#"):
		return false
	}
	return plainHost.MatchString(u.Host) && !strings.Contains(u.Host, "..") && isPort(u.Port())
}

// plainHost leaves out the characters that Terraform would expand.
var plainHost = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$`)

// isPort reports whether a port is empty or a valid number.
func isPort(port string) bool {
	number, err := strconv.Atoi(port)
	return port == "" || err == nil && number >= 1 && number <= 65535
}
