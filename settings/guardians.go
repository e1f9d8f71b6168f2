package settings

import (
	"fmt"
	"strings"
)

// longestRolePath includes the slashes at both ends.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
const longestRolePath = 512

// validateGuardians refuses guardians that would lock everybody out of the
// bucket's configuration. The bucket policy denies changes to all principals
// but the guardians, so if no guardian can exist, only the account root is
// left.
func validateGuardians(path string, guardians []string, in place) Mistakes {
	if len(guardians) == 0 {
		return nil
	}
	var ms Mistakes
	if in.account == "" && in.endpoint == "" {
		ms.add("account", "", "required with "+path+": roles of another account could never change the bucket",
			"set the ID of the account that you deploy to")
	}
	if in.account == "" {
		in.account = accountOf(guardians)
	}
	first := map[string]int{}
	for i, role := range guardians {
		folded := strings.ToLower(role)
		if _, seen := first[folded]; !seen {
			first[folded] = i
		}
		found := validateGuardian(element(path, i), role, in)
		if len(found) == 0 && first[folded] < i {
			found = mistake(element(path, i), quote(role),
				"duplicate role, because IAM ignores case in role names", "remove one")
		}
		ms = append(ms, found...)
	}
	return ms
}

func validateGuardian(path, role string, in place) Mistakes {
	shape := roleShape.FindStringSubmatch(role)
	if shape == nil {
		return mistake(path, quote(role), "must be the ARN of an IAM role", roleFix(role))
	}
	partition, account, rolePath := shape[1], shape[2], shape[3]
	rule := in.partitionRule(partition)
	switch {
	case rule != "":
		return mistake(path, quote(role), rule, "use a role of the bucket's account")
	case account != in.account:
		return mistake(path, quote(role),
			"is in account "+account+", but the bucket is in "+in.account+
				", and S3 accepts a bucket policy only from the bucket's account",
			"use a role of the bucket's account")
	case strings.HasPrefix(rolePath, "aws-service-role/"):
		return mistake(path, quote(role),
			"is a service-linked role, which only an AWS service can assume", "use a role that people or Terraform can assume")
	case len(rolePath)+1 > longestRolePath:
		return mistake(path, quote(role),
			fmt.Sprintf("has a path of %d characters, but IAM allows %d", len(rolePath)+1, longestRolePath),
			"use the ARN that IAM shows")
	}
	return nil
}

// accountOf returns the account of the first guardian, or "".
func accountOf(guardians []string) string {
	for _, role := range guardians {
		if shape := roleShape.FindStringSubmatch(role); shape != nil {
			return shape[2]
		}
	}
	return ""
}

// roleFix says what to write instead of an ARN that is often taken for that of
// a role.
func roleFix(arn string) string {
	switch {
	case strings.Contains(arn, ":sts:") && strings.Contains(arn, ":assumed-role/"):
		return `use the role of the session, such as "arn:aws:iam::012345678901:role/deployer", with its path if it has one`
	case strings.HasSuffix(arn, ":root"):
		return "remove it: the account root can always change the bucket policy"
	case strings.ContainsAny(arn, "*?"):
		return "name each role in full: a pattern would also match roles that are created later"
	}
	return `use an ARN such as "arn:aws:iam::012345678901:role/deployer"`
}
