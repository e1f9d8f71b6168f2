package settings

import (
	"strconv"
	"strings"
)

// longestRolePath counts the slashes at both ends.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
const longestRolePath = 512

// guardians refuses every list of roles with which a bucket would be sealed
// for good: the seal's statements deny to all but these roles, and a name that
// no role can have would leave nobody but the account root.
func (ms *Mistakes) guardians(path string, guardians []string, in place) {
	if len(guardians) == 0 {
		return
	}
	account := in.account
	if account == "" && in.endpoint == "" {
		ms.add("account", "", "missing, but "+path+" is set, and roles of another account could never change the bucket again", "name the account that the stack is deployed to")
	}
	if account == "" {
		account = accountOf(guardians)
	}
	first := map[string]int{}
	for i, role := range guardians {
		folded := strings.ToLower(role)
		if _, twice := first[folded]; !twice {
			first[folded] = i
		}
		key := path + "[" + strconv.Itoa(i) + "]"
		shape := roleShape.FindStringSubmatch(role)
		if shape == nil {
			ms.notARole(key, role)
			continue
		}
		switch partition := Partition(in.region); {
		case shape[1] != partition && in.region != "":
			ms.add(key, quote(role), "is in the partition "+shape[1]+", but Region "+in.region+" is in "+partition, "write the ARN of a role in the account that owns the bucket")
		case shape[2] != account:
			ms.add(key, quote(role), "is a role of account "+shape[2]+", but the bucket belongs to "+account+", and AWS takes a bucket policy from no other account", "name a role of the bucket's account")
		case strings.HasPrefix(shape[3], "aws-service-role/"):
			ms.add(key, quote(role), "is a service-linked role, which only an AWS service can take on", "name a role that people or Terraform can take on")
		case len(shape[3])+1 > longestRolePath:
			ms.add(key, quote(role), "has a path of more than 512 characters, which no role can have", "write the ARN as IAM shows it")
		case first[folded] < i:
			ms.add(key, quote(role), "is named twice; IAM tells no roles apart by upper and lower case", "remove one of the two")
		}
	}
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

// notARole says what to write in the place of what people take for a role's
// ARN.
func (ms *Mistakes) notARole(path, arn string) {
	mend := `write it as in "arn:aws:iam::012345678901:role/deployer"`
	switch {
	case strings.Contains(arn, ":sts:") && strings.Contains(arn, ":assumed-role/"):
		mend = `write the role behind the session, as in "arn:aws:iam::012345678901:role/deployer", with its path if it has one`
	case strings.HasSuffix(arn, ":root"):
		mend = "leave the account root out: AWS always lets it change the bucket policy"
	case strings.ContainsAny(arn, "*?"):
		mend = "name each role in full: a pattern would make guardians of roles that don't exist yet"
	}
	ms.add(path, quote(arn), "must be the ARN of an IAM role", mend)
}
