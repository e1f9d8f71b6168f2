package bucket

import (
	"net/netip"
	"slices"
	"strings"

	"datalock/internal/policy"
)

// aboutWho are the condition keys, in lower case, with which S3 doesn't consider an
// Allow for everybody as public, if their values are fixed.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
var aboutWho = []string{
	"aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principalservicename",
	"aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
	"aws:sourceorgid", "aws:sourceorgpaths", "aws:userid", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
	"s3:x-amz-server-side-encryption-aws-kms-key-id",
}

// public finds an Allow that S3 rejects because of the public access block.
func (j judge) public(i int) *contradiction {
	s := j.owners[i]
	if s.Effect != "Allow" || !slices.Contains(s.Principal, policy.Everybody) {
		return nil
	}
	for operator, keys := range s.Condition {
		for key, values := range keys {
			if fixes(operator, strings.ToLower(key), values) {
				return nil
			}
		}
	}
	return &contradiction{
		"",
		nil,
		"makes the bucket public, but the guards include " +
			`aws_s3_bucket_public_access_block {"block_public_policy": true}, with which S3 refuses the whole policy`,
		"name principals, or add a condition on who they are, such as aws:PrincipalOrgID, with StringEquals and without wildcards",
	}
}

// fixes reports whether a condition limits requests to fixed callers or networks.
// It must hold only if the request has the key, and without wildcards and
// variables, except below an account or an organization.
func fixes(operator, key string, values policy.Values) bool {
	loose := strings.Contains(operator, "Not") || operator == "Null" || strings.HasSuffix(operator, "IfExists") ||
		strings.HasPrefix(operator, "ForAllValues:")
	if loose || !slices.Contains(aboutWho, key) || len(values) == 0 {
		return false
	}
	return !slices.ContainsFunc(values, func(value string) bool {
		switch key {
		case "aws:sourceip":
			return !narrow(value)
		case "s3:dataaccesspointarn":
			if parts := strings.SplitN(value, ":", 6); len(parts) == 6 {
				value = strings.Join(parts[:5], ":")
			}
		case "aws:principalorgpaths", "aws:sourceorgpaths":
			value, _, _ = strings.Cut(value, "/")
		}
		return strings.ContainsAny(value, "*?") || strings.Contains(value, "${")
	})
}

// narrow reports whether a network is one that S3 doesn't consider as public.
func narrow(network string) bool {
	const leastIPv4, leastIPv6 = 8, 32
	if _, err := netip.ParseAddr(network); err == nil {
		return true
	}
	prefix, err := netip.ParsePrefix(network)
	return err == nil && (prefix.Addr().Is4() && prefix.Bits() >= leastIPv4 ||
		prefix.Addr().Is6() && prefix.Bits() >= leastIPv6)
}
