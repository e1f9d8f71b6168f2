package check

import (
	"slices"
	"strings"

	"datalock/internal/check/iampolicy"
	"datalock/internal/policy"

	"github.com/go-json-experiment/json"
)

func findPolicyLoosened(s *Subject, found report) {
	for _, r := range slices.Concat(s.ofType[roleType], s.ofType[rolePolicyType], s.ofType[attachmentType]) {
		findRoleWidened(r, found)
	}
	for _, r := range s.resources {
		if !r.stays() || r.unknownIn("policy") != "" {
			continue
		}
		before, none := text(r.before, "policy"), r.before != nil && !strings.HasPrefix(r.kind, "aws_kms_")
		switch {
		case (r.kind == policyType || r.kind == keyPolicyType) && s.unmanagedTarget(r):
			found(r, "what policy there was isn't known, and it can't be judged that this one is not looser")
		case r.kind == policyType:
			if r.before == nil && r.bucket != nil {
				before, none = text(r.bucket.before, "policy"), r.bucket.before != nil
			}
		case r.kind == keyPolicyType:
			if r.before == nil && r.key != nil {
				before = text(r.key.before, "policy")
			}
		case r.kind == bucketType && !r.declares["policy"]:
			continue // the value is what the provider read
		case isKey(r.kind) && r.guardedBy[keyPolicyType]:
			before, _ = r.was("policy").(string) // a separate resource has set it since
		case r.kind != bucketType && !strings.HasPrefix(r.kind, "aws_kms_"):
			continue
		}
		switch after := text(r.after, "policy"); {
		case before == "" && none && after != "":
			compareParsed(parseNone(after, s.ownerOf(r)), r, "", after, found)
		case before != "" && before != after:
			comparePolicies(r, before, after, found)
		}
	}
}

// completed adds the missing principals or resources to a role's policy, so
// that it can be compared. Text that can't be parsed is returned unchanged.
func completed(text string) string {
	var d policy.Document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return text
	}
	for i, s := range d.Statement {
		if len(s.Principal)+len(s.NotPrincipal) == 0 {
			d.Statement[i].Principal = policy.Principals{policy.Everybody}
		}
		if len(s.Resource)+len(s.NotResource) == 0 {
			d.Statement[i].Resource = policy.Values{"*"}
		}
	}
	return d.String()
}

// comparePolicies reports each statement that guards less. A policy that can't
// be parsed is reported too.
func comparePolicies(r *resource, before, after string, found report) {
	compareParsed(iampolicy.Parse, r, before, after, found)
}

func compareParsed(parse func(string) (iampolicy.Document, error), r *resource, before, after string, found report) {
	old, err := parse(before)
	if err != nil {
		found(r, "the policy changes, and it can't be judged that it is not looser: what it was: "+err.Error())
		return
	}
	renewed, err := parse(after)
	if err != nil {
		found(r, "the policy changes, and it can't be judged that it is not looser: what it becomes: "+err.Error())
		return
	}
	if before != "" && after != "" && old.Version != renewed.Version && (old.Variables() || renewed.Variables()) {
		found(r, "the policy changes its version, with which its variables change their meaning, "+
			"and it can't be judged that it is not looser")
	}
	for _, loss := range iampolicy.Compare(old, renewed) {
		message := "statement " + loss.Statement + " " + loss.What
		if !loss.Proven {
			message += "; it can't be judged that the policy is not looser"
		}
		found(r, message)
	}
}

// parseNone returns how to parse a policy and the one before it, where there was none.
// The deliveries that the new one allows services, for a bucket or an account that it
// names, count as old: such is the first policy of a bucket for evidence. owner is the
// bucket's account, if known.
func parseNone(after, owner string) func(string) (iampolicy.Document, error) {
	return func(policy string) (iampolicy.Document, error) {
		if policy != "" {
			return iampolicy.Parse(policy)
		}
		d, err := iampolicy.Parse(after)
		if err != nil {
			return parseAny("") // the new one is parsed again, and reported
		}
		d.Statements = slices.DeleteFunc(d.Statements, func(s iampolicy.Statement) bool { return !delivers(s, owner) })
		return d, nil
	}
}

// deliveries are the actions with which services deliver to a bucket.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
// https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
var deliveries = []string{"s3:putobject", "s3:getbucketacl", "s3:listbucket"}

// delivers reports whether a statement allows only services to deliver, and only from a
// source that it names.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func delivers(s iampolicy.Statement, owner string) bool {
	others := func(id string) bool { return !strings.HasPrefix(id, "Service:") }
	more := func(action string) bool { return !slices.Contains(deliveries, strings.ToLower(action)) }
	if s.Effect != "Allow" || len(s.Principal) == 0 || slices.ContainsFunc(s.Principal, others) ||
		len(s.Action) == 0 || slices.ContainsFunc(s.Action, more) {
		return false
	}
	for _, operator := range []string{"StringEquals", "StringLike", "ArnEquals", "ArnLike"} {
		for key, values := range s.Condition[operator] {
			var concrete func(value string) bool
			switch strings.ToLower(key) {
			case "aws:sourceaccount":
				concrete = func(value string) bool { return namesAccount(value, owner) }
			case "aws:sourcearn":
				concrete = func(value string) bool { return namesSource(value, owner) }
			default:
				continue
			}
			if len(values) > 0 && !slices.ContainsFunc(values, func(value string) bool { return !concrete(value) }) {
				return true
			}
		}
	}
	return false
}

// namesAccount reports whether a text is an account and, if the owner is known, that one.
func namesAccount(text, owner string) bool { return isAccount(text) && (owner == "" || text == owner) }

// namesSource reports whether an ARN has an account without wildcards or, if it has
// none, as that of a bucket, no wildcards at all.
func namesSource(arn, owner string) bool {
	const parts = 6
	part := strings.SplitN(arn, ":", parts)
	switch {
	case len(part) != parts || strings.ContainsAny(strings.Join(part[:3], ""), "*?"):
		return false
	case part[4] == "":
		return !strings.ContainsAny(arn, "*?")
	}
	return !strings.ContainsAny(part[3], "*?") && namesAccount(part[4], owner)
}

// parseAny parses a policy. "" is a policy without statements.
func parseAny(policy string) (iampolicy.Document, error) {
	if policy == "" {
		return iampolicy.Document{}, nil
	}
	return iampolicy.Parse(policy)
}
