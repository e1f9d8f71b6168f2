package bucketpolicy

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Validate refuses what S3 refuses in a policy of the bucket. Whether the
// principals exist is not looked at. Its errors are of type Error.
func (p Policy) Validate(bucket string) error {
	if p.Version != "" && p.Version != "2012-10-17" && p.Version != "2008-10-17" {
		return Error("The policy must contain a valid version string")
	}
	if len(p.Statements) == 0 {
		return Error("Could not parse the policy: Statement is empty!")
	}
	for _, statement := range p.Statements {
		if err := statement.validate(bucket); err != nil {
			return err
		}
	}
	return nil
}

func (s Statement) validate(bucket string) error {
	if s.Effect != "Allow" && s.Effect != "Deny" {
		return Error("Invalid effect: " + s.Effect)
	}
	if (s.Principal == nil) == (s.NotPrincipal == nil) {
		return Error("Missing required field Principal")
	}
	for _, principal := range []json.RawMessage{s.Principal, s.NotPrincipal} {
		if principal == nil {
			continue
		}
		names, err := principals(principal)
		if err == nil {
			err = checkPrincipals(names)
		}
		if err != nil {
			return err
		}
	}
	if (len(s.Action) == 0) == (len(s.NotAction) == 0) {
		return Error("Missing required field Action")
	}
	for _, action := range append(append(values{}, s.Action...), s.NotAction...) {
		if len(kindsOf(action)) == 0 {
			return Error("Policy has invalid action")
		}
	}
	if (len(s.Resource) == 0) == (len(s.NotResource) == 0) {
		return Error("Missing required field Resource")
	}
	for _, resource := range append(append(values{}, s.Resource...), s.NotResource...) {
		if !inBucket(resource, bucket) {
			return Error("Policy has invalid resource")
		}
	}
	for _, action := range s.Action {
		if len(s.Resource) > 0 && !s.applies(action) {
			return Error("Action does not apply to any resource(s) in statement")
		}
	}
	return s.validateCondition()
}

func (s Statement) validateCondition() error {
	for name, keys := range s.Condition {
		op, err := parseOperator(name)
		if err != nil {
			return err
		}
		for key, wanted := range keys {
			if !known(key) {
				return Error("Policy has an invalid condition key")
			}
			if err := s.fits(key); err != nil {
				return err
			}
			if err := checkValues(key, wanted); err != nil && !op.null {
				return err
			}
			if len(wanted) == 0 {
				return Error(fmt.Sprintf("Condition %s of %s has no value", name, key))
			}
		}
	}
	return nil
}

// inBucket says whether a resource names the bucket or its objects.
func inBucket(resource, bucket string) bool {
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "s3" || parts[3] != "" || parts[4] != "" {
		return false
	}
	name, _, _ := strings.Cut(parts[5], "/")
	return like(name, bucket)
}

// principals returns the AWS principals of a Principal element; "*" stands for
// everybody.
func principals(raw json.RawMessage) ([]string, error) {
	var everybody string
	if json.Unmarshal(raw, &everybody) == nil {
		if everybody != "*" {
			return nil, Error("Invalid principal in policy")
		}
		return []string{"*"}, nil
	}
	var kinds map[string]values
	if err := json.Unmarshal(raw, &kinds); err != nil || len(kinds) == 0 {
		return nil, Error("Invalid principal in policy")
	}
	for kind, names := range kinds {
		switch kind {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			return nil, Error("Invalid principal in policy")
		}
		if len(names) == 0 {
			return nil, Error("Invalid principal in policy")
		}
	}
	return kinds["AWS"], nil
}

// IsPublic says whether the policy allows something to everybody without a
// condition. S3 has finer rules for conditions; here any condition counts as
// a limit.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (p Policy) IsPublic() bool {
	for _, s := range p.Statements {
		if s.Effect != "Allow" || len(s.Condition) > 0 {
			continue
		}
		if s.NotPrincipal != nil {
			return true
		}
		names, _ := principals(s.Principal)
		for _, name := range names {
			if name == "*" {
				return true
			}
		}
	}
	return false
}
