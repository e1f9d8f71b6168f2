package prove

import (
	"fmt"

	"datalock/settings"
)

// doubt makes the result of a trial of a guard inconclusive if something other
// than the guard may explain it: an exception of the policy, or a missing
// permission.
func (r *runner) doubt(t Trial, result *Result) {
	if t.Guard == "" {
		return
	}
	if _, unknown := r.subject.excepts(t.Guard, t.As); unknown && result.Status == Breached {
		result.Status, result.Reason = Inconclusive, maybeExceptedText(t.Guard, result.As, result.Reason)
	}
	if right := r.subject.unknownRight(t.Guard); right != "" && result.Status == Held && result.Control == nil &&
		!result.PolicyUnreached && refusedUnexplained(t.Guard, result.Requests) {
		result.Status = Inconclusive
		result.Reason = fmt.Sprintf("the attack was refused, but without its control it isn't known whether by the bucket "+
			"policy or because the %s lacks %s; pass --controls; found: %s", result.As, right, result.Reason)
	}
}

// stands returns the principal whose credentials send a principal's requests.
func (c *clients) stands(who Principal) Principal {
	if who == Admin && c.endpoint.Credentials[Admin] == nil {
		return Owner
	}
	return who
}

// adapt fits a trial to the bucket and the endpoint. If the trial can't run, it
// returns the verdict and the reason.
func (r *runner) adapt(t Trial) (Trial, Status, string) {
	c := r.config
	if t.Guard == NoBypass && c.Expected.Mode != settings.Governance && t.Name != bypassName {
		t.Guard = ""
	}
	if t.Guard == TLSOnly && (c.Endpoint.PlainURL != "" || c.Endpoint.OnAWS()) {
		// The endpoint serves plain http, so a bucket without the policy can be
		// the control.
		t.Control = WithoutPolicy
	}
	if t.Guard == NoBypass && t.As == Owner {
		t.As = Admin
	}
	switch {
	case t.needsLock:
		return t, NotApplicable, c.Unlocked
	case t.Scratch && !c.Scratch:
		return t, NotApplicable, "it changes the bucket itself; it runs with --scratch, on a bucket used for nothing else"
	case t.Guard != "" && !c.Guards.Declares(t.Guard):
		return t, NotApplicable, fmt.Sprintf("the bucket policy has no guard %s; %s", t.Guard, t.Guard.wanted())
	case r.subject.by[t.As] == nil:
		return t, NotApplicable, fmt.Sprintf("the run has no credentials for the %s; pass them with --as %s=PROFILE",
			t.As, t.As)
	case t.Guard == RetentionFloor && c.Expected.TotalDays() < 2:
		return t, NotApplicable, "AWS counts in whole days, so it needs a default retention of at least two days"
	case t.Name == sealPolicyName && c.Endpoint.Root && r.subject.stands(t.As) == Owner:
		return t, Inconclusive, rootText
	case t.Guard != "" && r.subject.exempt[r.subject.stands(t.As)]:
		return t, Inconclusive, exemptText(r.subject.stands(t.As))
	}
	if excepted, _ := r.subject.excepts(t.Guard, t.As); excepted {
		who := r.subject.stands(t.As)
		return t, Inconclusive, exceptedText(t.Guard, who, c.Endpoint.Identities[who])
	}
	return t, "", ""
}
