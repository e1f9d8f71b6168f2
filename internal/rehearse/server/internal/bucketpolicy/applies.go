package bucketpolicy

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// withKey are the actions that have a condition key, for the keys that few have.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var withKey = map[string]string{
	"s3:prefix":                               "ListBucket ListBucketVersions",
	"s3:delimiter":                            "ListBucket ListBucketVersions",
	"s3:max-keys":                             "ListBucket ListBucketVersions",
	"s3:if-match":                             "PutObject DeleteObject",
	"s3:if-none-match":                        "PutObject",
	"s3:objectcreationoperation":              "PutObject",
	"s3:object-lock-mode":                     "PutObject PutObjectRetention BypassGovernanceRetention",
	"s3:object-lock-retain-until-date":        "PutObject PutObjectRetention BypassGovernanceRetention",
	"s3:object-lock-remaining-retention-days": "PutObject PutObjectRetention BypassGovernanceRetention",
	"s3:object-lock-legal-hold":               "PutObject PutObjectLegalHold BypassGovernanceRetention",
	"s3:object-lock-event-hold":               "PutObject PutObjectRetention ReplicateObject",
	"s3:object-lock-event-hold-duration-days": "PutObject PutObjectRetention ReplicateObject",
	"s3:x-amz-server-side-encryption":         "PutObject ReplicateObject UpdateObjectEncryption BypassGovernanceRetention",
	"s3:x-amz-server-side-encryption-aws-kms-key-id": "PutObject ReplicateObject UpdateObjectEncryption " +
		"BypassGovernanceRetention",
	"s3:x-amz-server-side-encryption-customer-algorithm": "PutObject ReplicateObject BypassGovernanceRetention",
	"s3:x-amz-acl":        "PutObject PutObjectAcl PutObjectVersionAcl PutBucketAcl CreateBucket BypassGovernanceRetention",
	"s3:requestobjecttag": "PutObject PutObjectTagging PutObjectVersionTagging BypassGovernanceRetention",
}

// globalKeys are the keys of all services, without "aws:".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var globalKeys = strings.Fields(
	`assumedroot calledvia calledviaawsmcp calledviafirst calledvialast chatbotsourcearn currenttime
	ec2instancesourceprivateipv4 ec2instancesourcevpc epochtime federatedprovider multifactorauthage
	multifactorauthpresent principalaccount principalarn principalisawsservice principalorgid principalorgpaths
	principalservicename principalservicenameslist principaltag principaltype referer requestedregion requesttag
	resourceaccount resourceorgid resourceorgpaths resourcetag securetransport sourceaccount sourcearn sourceidentity
	sourceip sourceorgid sourceorgpaths sourcevpc sourcevpcarn sourcevpce tagkeys tokenissuetime useragent
	userid username viaawsmcpservice viaawsservice vpceaccount vpceorgid vpceorgpaths vpcsourceip`,
)

// fits returns S3's error if an action that the statement names doesn't have the
// key. Patterns are exempt.
func (s Statement) fits(key string) error {
	names, few := withKey[baseOf(key)]
	if !few {
		return nil
	}
	for _, action := range s.Action {
		name, found := strings.CutPrefix(strings.ToLower(action), "s3:")
		if !found || strings.ContainsAny(name, "*?") {
			continue
		}
		if !slices.Contains(strings.Fields(strings.ToLower(names)), name) {
			return Error("Conditions do not apply to combination of actions and resources in statement")
		}
	}
	return nil
}

// baseOf returns a key in lower case, without the tag key behind "/".
func baseOf(key string) string {
	base, _, _ := strings.Cut(strings.ToLower(key), "/")
	return base
}

// checkValues refuses values that no request can have.
func checkValues(key string, wanted values) error {
	if key := baseOf(key); key != "aws:sourceip" && key != "aws:vpcsourceip" {
		return nil
	}
	for _, value := range wanted {
		_, notAddress := netip.ParseAddr(value)
		_, notRange := netip.ParsePrefix(value)
		if notAddress != nil && notRange != nil {
			return Error("Invalid IP address in Conditions")
		}
	}
	return nil
}

// principalShape matches what S3 accepts as AWS principal. S3 also accepts the unique
// ID of a user or a role that exists; the accounts of this server have none.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html
var principalShape = regexp.MustCompile(`^(\*|[0-9]{12}|arn:[a-z-]+:(iam::cloudfront:user/[^*?]+|` +
	`(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role|federated-user)/[^*?]+)))$`)

// checkPrincipals refuses AWS principals of another form.
func checkPrincipals(names []string) error {
	for _, name := range names {
		if !principalShape.MatchString(name) {
			return Error(fmt.Sprintf("Invalid principal in policy: %q", name))
		}
	}
	return nil
}
