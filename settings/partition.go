package settings

import (
	"regexp"
	"strings"
)

// partitions of AWS by the beginning of their Regions' codes. Regions of the
// partition aws have no beginning in common.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
var partitions = []struct{ beginning, partition string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"eusc-", "aws-eusc"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
}

// Partition returns the AWS partition of a Region, which every ARN begins
// with. It follows from the Region's code, so that no data source is needed
// and policies are known at plan time.
func Partition(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.beginning) {
			return p.partition
		}
	}
	return "aws"
}

// The characters of role names and paths leave out those that AWS takes as
// wildcards and Terraform as expressions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	keyShape  = regexp.MustCompile(`^arn:(aws[a-z-]*):kms:([a-z0-9-]+):([0-9]{12}):key/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$`)
	roleShape = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::([0-9]{12}):role/((?:[A-Za-z0-9_+=,.@-]+/)*)([A-Za-z0-9_+=,.@-]{1,64})$`)
)
