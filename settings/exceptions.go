package settings

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Exception lets one finding of datalock check pass until a given day. It
// doesn't change the bucket.
type Exception struct {
	// Rule is the name of the rule, such as retention-shortened.
	Rule string
	// Address is the resource's address in the plan, such as
	// aws_s3_bucket_policy.policy.
	Address string
	// Reason is why the change is wanted.
	Reason string
	// Until is the last day on which the exception applies, as YYYY-MM-DD in
	// UTC.
	Until string
}

// Expired reports whether the exception no longer applies at the given time.
// An exception with an unreadable day has expired.
func (e Exception) Expired(now time.Time) bool {
	until, err := time.Parse(time.DateOnly, e.Until)
	return err != nil || !now.UTC().Before(until.AddDate(0, 0, 1))
}

// ruleNames are the rules of datalock check. They are listed here, below the
// gate, so that synth refuses a wrong name too. A test in internal/check
// compares them with its rules.
var ruleNames = []string{
	"destroyed", "forgotten", "bucket-gone", "planned-anew", "force-destroy", "unprotected",
	"lock-missing", "lock-removed", "mode-weakened", "retention-shortened", "object-unlocked", "versioning-off",
	"guard-missing", "guard-doubled", "guard-unknown", "public-access", "ownership",
	"policy-loosened", "locked-out", "deployer-locked-out", "expires-sooner",
	"encryption-weakened", "key-deletion-sooner", "key-rotation-off", "key-disabled", "records-stopped", "region-changed", "account-changed",
	"changes-ignored", "replicated-elsewhere", "provisioner", "other-provider", "unread",
}

// RuleNames returns the names of all rules that an exception can name.
func RuleNames() []string { return slices.Clone(ruleNames) }

var (
	moduleShape = `(module\.[A-Za-z_][\w-]*(\[[^\]]+\])?\.)*`
	// addressShape is the address of one resource instance or, in a plan, of an
	// action.
	// https://developer.hashicorp.com/terraform/cli/state/resource-addressing
	addressShape = regexp.MustCompile(`^` + moduleShape + `(action\.)?[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*(\[[^\]]+\])?$`)
)

func decodeExceptions(readers []*reader) []Exception {
	var all []Exception
	for _, r := range readers {
		var e Exception
		r.str("rule", &e.Rule)
		r.str("address", &e.Address)
		r.str("reason", &e.Reason)
		r.str("until", &e.Until)
		r.done()
		all = append(all, e)
	}
	return all
}

func validateExceptions(path string, exceptions []Exception) Mistakes {
	var ms Mistakes
	first := map[[2]string]int{}
	for i, e := range exceptions {
		key := element(path, i)
		ms = append(ms, e.validate(key)...)
		same := [2]string{e.Rule, e.Address}
		if other, twice := first[same]; twice && e.Rule != "" && e.Address != "" {
			ms.add(key, "", "has the same rule and address as "+element(path, other), "remove one")
			continue
		}
		first[same] = i
	}
	return ms
}

func (e Exception) validate(path string) Mistakes {
	const (
		ruleFix    = `copy the rule's name from the finding, such as "retention-shortened"`
		addressFix = `copy the resource's address from the finding, such as "aws_s3_bucket.bucket"`
		untilFix   = `write the last day on which it applies, such as "2027-01-31"`
	)
	var ms Mistakes
	switch {
	case e.Rule == "":
		ms.add(join(path, "rule"), "", "missing", ruleFix)
	case !slices.Contains(ruleNames, e.Rule):
		fix := ruleFix
		if near := nearest(e.Rule, ruleNames); near != "" {
			fix = "did you mean " + quote(near) + "?"
		}
		ms.add(join(path, "rule"), quote(e.Rule), "unknown rule", fix)
	}
	switch {
	case e.Address == "":
		ms.add(join(path, "address"), "", "missing", addressFix)
	case !addressShape.MatchString(e.Address):
		ms.add(join(path, "address"), quote(e.Address), "must be the address of one resource, without patterns", addressFix)
	}
	if strings.TrimSpace(e.Reason) == "" {
		ms.add(join(path, "reason"), "", "missing", "explain why the change is wanted")
	}
	if _, err := time.Parse(time.DateOnly, e.Until); e.Until == "" {
		ms.add(join(path, "until"), "", "missing", untilFix)
	} else if err != nil {
		ms.add(join(path, "until"), quote(e.Until), "must be an existing day, as YYYY-MM-DD", untilFix)
	}
	return ms
}
