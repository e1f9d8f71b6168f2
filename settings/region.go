package settings

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// regionShape is the shape of AWS Region codes in every partition: us-east-1,
// us-gov-west-1, us-isob-east-1, eusc-de-east-1. AWS adds Regions faster than
// a list here would be kept.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var regionShape = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,12}){1,2}-[1-9][0-9]?$`)

// endpointRegion is what a server of one's own may be called by: it is part
// of what a request signs, and of nothing else.
var endpointRegion = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

var accountShape = regexp.MustCompile(`^[0-9]{12}$`)

// region holds a Region to the shape of AWS's codes, or, where there is an
// endpoint, to what any server may have.
func (ms *Mistakes) region(path, region, endpoint string) {
	switch {
	case region == "":
		ms.add(path, "", "missing", `name the AWS Region of the buckets, such as "us-east-1"`)
	case endpoint != "":
		if !endpointRegion.MatchString(region) {
			ms.add(path, quote(region), "must be 1 to 64 letters, numbers and '-'", "write the Region that the server at the endpoint has")
		}
	case !regionShape.MatchString(region):
		ms.add(path, quote(region), "must be the code of an AWS Region", `write it as AWS does, such as "us-east-1" or "eu-central-1"`)
	}
}

func (ms *Mistakes) account(s Settings) {
	switch {
	case s.Account == "":
	case !accountShape.MatchString(s.Account):
		ms.add("account", quote(s.Account), "must be the 12 digits of an AWS account ID, as a string", `write all the digits and nothing else, such as "012345678901"`)
	case s.Endpoint != "":
		ms.add("account", quote(s.Account), "can't be checked where an endpoint is set, because the server there has no AWS account", `leave "account" or "endpoint" out`)
	}
}

func (ms *Mistakes) endpoint(path, endpoint string) {
	if endpoint == "" {
		return
	}
	u, err := url.Parse(endpoint)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && (u.Path == "" || u.Path == "/") && !strings.ContainsAny(endpoint, "?#") && plainHost.MatchString(u.Host) && !strings.Contains(u.Host, "..") && plainPort(u.Port()) {
		return
	}
	ms.add(path, quote(endpoint), "must be the URL of an S3-compatible server: scheme http or https, host, and port where needed, nothing else",
		`write it as in "http://127.0.0.1:9000", or leave it out to use AWS`)
}

// plainHost keeps characters out of the URL that Terraform would expand.
var plainHost = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$`)

// plainPort reports whether a port, which may be missing, can be dialled.
func plainPort(port string) bool {
	number, err := strconv.Atoi(port)
	return port == "" || err == nil && number >= 1 && number <= 65535
}
