package check

import (
	"strings"

	"datalock/internal/check/iampolicy"
)

func findPolicyLoosened(s *Subject, found report) {
	for _, r := range s.resources {
		if !r.stays() || r.unknownIn("policy") != "" {
			continue
		}
		before := text(r.before, "policy")
		switch {
		case (r.kind == policyType || r.kind == keyPolicyType) && s.unmanagedTarget(r):
			found(r, "what policy there was isn't known, and it can't be judged that this one is not looser")
			continue
		case r.kind == policyType:
			if r.before == nil && r.bucket != nil {
				before = text(r.bucket.before, "policy")
			}
		case r.kind == keyPolicyType:
			if r.before == nil && r.key != nil {
				before = text(r.key.before, "policy")
			}
		case r.kind == bucketType && !r.declares["policy"]:
			continue // what stands there is what the provider found
		case r.kind != bucketType && !strings.HasPrefix(r.kind, "aws_kms_"):
			continue
		}
		if after := text(r.after, "policy"); before != "" && before != after {
			comparePolicies(r, before, after, found)
		}
	}
}

// comparePolicies reports each statement that guards less. A policy that can't
// be read can't be shown to guard as much.
func comparePolicies(r *resource, before, after string, found report) {
	old, err := iampolicy.Parse(before)
	if err != nil {
		found(r, "the policy changes, and it can't be judged that it is not looser: what it was: "+err.Error())
		return
	}
	renewed, err := iampolicy.Parse(after)
	if err != nil {
		found(r, "the policy changes, and it can't be judged that it is not looser: what it becomes: "+err.Error())
		return
	}
	if old.Version != renewed.Version && (old.Variables() || renewed.Variables()) {
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
