package settings

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// partitions are the AWS partitions by the prefix of their Regions' codes. The
// Regions of the partition aws have no common prefix.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
var partitions = []struct{ prefix, partition string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"eusc-", "aws-eusc"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
}

// Partition returns the AWS partition of a Region, which is part of every ARN.
// It follows from the Region's code, so no data source is needed and policies
// are known at plan time.
func Partition(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

// awsDomains are the domains of S3 in the partitions of AWS, which only AWS has.
// https://docs.aws.amazon.com/general/latest/gr/s3.html
var awsDomains = []string{
	".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws", ".api.amazonwebservices.com.cn",
	".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk", ".csp.hci.ic.gov",
}

// OnAWS reports whether an endpoint is Amazon S3: empty, or a URL of AWS.
func OnAWS(endpoint string) bool {
	if endpoint == "" {
		return true
	}
	u, err := url.Parse(endpoint)
	return err == nil && slices.ContainsFunc(awsDomains, func(domain string) bool {
		return strings.HasSuffix(strings.ToLower(u.Hostname()), domain)
	})
}

// compatible reports whether the place is an S3-compatible server.
func (p place) compatible() bool { return !OnAWS(p.endpoint) }

// Partition returns the partition in the ARNs of the bucket: that of its Region, or
// aws on an S3-compatible server. Those know no other, whatever Region they sign for.
func (b Bucket) Partition() string { return place{region: b.Region, endpoint: b.Endpoint}.partition() }

// RoleARN returns the ARN of a role in the bucket's account.
func (b Bucket) RoleARN(name string) string {
	return "arn:" + b.Partition() + ":iam::" + b.Account + ":role/" + name
}

func (p place) partition() string {
	if p.compatible() {
		return "aws"
	}
	return Partition(p.region)
}

// partitionRule returns the rule that an ARN in another partition than the place's
// breaks, or "". The partition can be a pattern. Without a Region it isn't known
// which is right.
func (p place) partitionRule(partition string) string {
	switch expected := p.partition(); {
	case matches(partition, expected), p.region == "" && !p.compatible():
		return ""
	case p.compatible():
		return "is in partition " + partition + ", but at an endpoint every ARN is in " + expected
	default:
		return "is in partition " + partition + ", but Region " + p.region + " is in " + expected
	}
}

// The shapes of ARNs. Role names and paths exclude the characters that are
// wildcards for AWS or expressions for Terraform.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	keyShape = regexp.MustCompile(`^arn:(aws[a-z-]*):kms:([a-z0-9-]+):([0-9]{12}):key/` +
		`([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$`)
	roleShape = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::([0-9]{12}):role/` +
		`((?:[A-Za-z0-9_+=,.@-]+/)*)([A-Za-z0-9_+=,.@-]{1,64})$`)
)
