package settings

import (
	"regexp"
	"slices"
	"strings"
)

// This file has what S3 refuses in a statement although its form is right.

// operators are the condition operators, without their prefixes and IfExists.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = []string{
	"StringEquals",
	"StringNotEquals",
	"StringEqualsIgnoreCase",
	"StringNotEqualsIgnoreCase",
	"StringLike",
	"StringNotLike",
	"NumericEquals",
	"NumericNotEquals",
	"NumericLessThan",
	"NumericLessThanEquals",
	"NumericGreaterThan",
	"NumericGreaterThanEquals",
	"DateEquals",
	"DateNotEquals",
	"DateLessThan",
	"DateLessThanEquals",
	"DateGreaterThan",
	"DateGreaterThanEquals",
	"Bool",
	"BinaryEquals",
	"IpAddress",
	"NotIpAddress",
	"ArnEquals",
	"ArnLike",
	"ArnNotEquals",
	"ArnNotLike",
	"Null",
}

func validateOperator(path, operator string) Mistakes {
	plain := operator
	for _, prefix := range []string{"ForAllValues:", "ForAnyValue:"} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	if without, is := strings.CutSuffix(plain, "IfExists"); is && without != "Null" {
		plain = without
	}
	if slices.Contains(operators, plain) {
		return nil
	}
	fix := `use one such as "StringEquals"`
	if near := nearest(plain, operators); near != "" {
		fix = "did you mean " + quote(near) + "?"
	}
	return mistake(path, "", "isn't a condition operator", fix)
}

// The principals of a bucket policy. AWS also accepts the unique ID of a role or a
// user, and the origin access identities of CloudFront.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
var (
	awsPrincipal = regexp.MustCompile(`^(\*|[0-9]{12}|A[A-Z0-9]{15,127}|` +
		`arn:([a-z-]+):(iam::cloudfront:user/[^*?]+|` +
		`(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role|federated-user)/[^*?]+)))$`)
	// The ends are the DNS suffixes of the partitions.
	servicePrincipal = regexp.MustCompile(`^[a-z0-9.-]+\.(amazonaws\.(com(\.cn)?|eu)|aws\.internal|` +
		`c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$`)
	canonicalUser = regexp.MustCompile(`^[0-9a-f]{64}([0-9a-f]{32})?$`)
)

// principalRule returns the rule for principals of a type, or nil.
func (s statement) principalRule(kind string) func(string) string {
	shaped := func(shape *regexp.Regexp, rule string) func(string) string {
		return func(id string) string {
			if shape.MatchString(id) {
				return ""
			}
			return rule
		}
	}
	switch kind {
	case "AWS":
		return func(id string) string {
			shape := awsPrincipal.FindStringSubmatch(id)
			switch {
			case shape == nil:
				return `must be an account, or the ARN of a role or user without wildcards, or "*"`
			case shape[2] != "":
				return s.in.partitionRule(shape[2])
			}
			return ""
		}
	case "Service":
		return shaped(servicePrincipal, `must be the name of a service, such as "logging.s3.amazonaws.com"`)
	case "CanonicalUser":
		return shaped(canonicalUser, "must be a canonical user ID, 64 hexadecimal digits, or 96 of CloudFront")
	}
	return nil
}

// principalFix returns what to write instead of a wrong principal of a type.
func (s statement) principalFix(kind string) string {
	example := `"AWS": "arn:` + s.in.partition() + `:iam::012345678901:role/reader"`
	switch kind {
	case "Service":
		example = `"Service": "logging.s3.amazonaws.com"`
	case "CanonicalUser":
		example = `"CanonicalUser": "…"`
	}
	return `write "Principal": {` + example + `}`
}

// validateFit finds an action that fits none of the statement's resources, for
// which S3 refuses the whole policy.
func (s statement) validateFit() {
	resources := texts(s.node.fields["Resource"])
	if len(resources) == 0 {
		return
	}
	buckets, objects := false, false
	for _, resource := range resources {
		shape := bucketARN.FindStringSubmatch(resource)
		if shape == nil {
			return // reported already
		}
		object := shape[3] != ""
		buckets = buckets || !object
		objects = objects || object || strings.HasSuffix(shape[2], "*")
	}
	for _, action := range texts(s.node.fields["Action"]) {
		switch kind := kindOf(action); {
		case kind == onBucket && !buckets:
			s.ms.add(join(s.path, "Action"), quote(action), "is an action on the bucket, but the resources are objects",
				"add the resource "+quote(s.arn())+" or a separate statement")
		case kind == onObject && !objects:
			s.ms.add(join(s.path, "Action"), quote(action), "is an action on objects, but the resource is the bucket",
				"add the resource "+quote(s.arn()+"/*")+" or a separate statement")
		}
	}
}

// texts returns a string, or the strings of a list.
func texts(n *node) []string {
	switch {
	case n == nil:
		return nil
	case n.kind == stringKind:
		return []string{n.text}
	}
	var all []string
	for _, item := range n.items {
		if item.kind == stringKind {
			all = append(all, item.text)
		}
	}
	return all
}
