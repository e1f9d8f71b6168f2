package settings

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Exception lets one finding of datalock check or datalock audit pass until a
// given day. It doesn't change the bucket.
type Exception struct {
	// Rule is the name of the rule, such as retention-shortened.
	Rule string
	// Address is the resource's address in the plan, such as
	// aws_s3_bucket_policy.policy or, of a rule about versions, s3://BUCKET.
	Address string
	// Stack is the stack that it is about, such as ai-dataset. The stacks have the
	// same addresses, so it is empty only if there is a single one, or if the
	// address has a bucket's name or is in a module.
	Stack string
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

// Covers reports whether the exception is about what a rule finds at an address
// in a stack. The stack is empty if it isn't known; then an exception for one
// stack doesn't cover it.
func (e Exception) Covers(rule, address, stack string) bool {
	return e.Rule == rule && e.Address == address && e.About(stack)
}

// About reports whether the exception is for a stack.
func (e Exception) About(stack string) bool { return e.Stack == "" || e.Stack == stack }

// InModule reports whether the exception is about a resource in a Terraform
// module. A stack of Datalock has no modules, so the plan is another one.
func (e Exception) InModule() bool { return strings.HasPrefix(e.Address, "module.") }

// String names the exception in messages.
func (e Exception) String() string {
	name := "exception of " + e.Address + " from " + e.Rule
	if e.Stack != "" {
		name += " in the stack " + e.Stack
	}
	return name
}

// ruleNames are the rules of datalock check. They are listed here, below the
// gate, so that synth refuses a wrong name too. A test in internal/check
// compares them with its rules.
var ruleNames = []string{
	"destroyed", "forgotten", "bucket-gone", "planned-anew", "force-destroy", "unprotected",
	"lock-missing", "lock-removed", "mode-weakened", "retention-shortened", "object-unlocked", "versioning-off",
	"guard-missing", "guard-doubled", "guard-unknown", "public-access", "ownership",
	"policy-loosened", "locked-out", "deployer-locked-out", "expires-sooner",
	"encryption-weakened", "key-deletion-sooner", "key-rotation-off", "key-disabled", "records-stopped", "region-changed",
	"account-changed",
	"changes-ignored", "replicated-elsewhere", "provisioner", "other-provider", "unread",
}

// auditRuleNames are the rules that only datalock audit has, versionRuleNames
// those of them that are about versions. A test in internal/audit compares them
// with its rules.
var (
	auditRuleNames = []string{
		"lifecycle-changed", "replication-missing", "logging-changed", "inventory-changed", "notification-missing",
		"role-changed", eventHold,
	}
	versionRuleNames = []string{"unlocked", "weaker-mode", "ends-soon", "shadowed", "hidden"}
)

// eventHold is about versions, or about the default of a bucket.
const eventHold = "event-hold"

// RuleNames returns the names of all rules of datalock check.
func RuleNames() []string { return slices.Clone(ruleNames) }

// AuditRuleNames returns the names of the rules that only datalock audit has.
func AuditRuleNames() []string { return slices.Concat(auditRuleNames, versionRuleNames) }

// OnlyAudit reports whether the rule is one that only datalock audit has.
func (e Exception) OnlyAudit() bool { return slices.Contains(AuditRuleNames(), e.Rule) }

var (
	moduleShape = `(module\.[A-Za-z_][\w-]*(\[[^\]]+\])?\.)*`
	// addressShape is the address of one resource instance or, in a plan, of an
	// action.
	// https://developer.hashicorp.com/terraform/cli/state/resource-addressing
	addressShape = regexp.MustCompile(`^` + moduleShape + `(action\.)?[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*(\[[^\]]+\])?$`)
	// bucketShape is the address of findings about versions.
	bucketShape = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
)

func decodeExceptions(readers []*reader) []Exception {
	var all []Exception
	for _, r := range readers {
		var e Exception
		r.str("rule", &e.Rule)
		r.str("address", &e.Address)
		r.str("stack", &e.Stack)
		r.str("reason", &e.Reason)
		r.str("until", &e.Until)
		r.done()
		all = append(all, e)
	}
	return all
}

func validateExceptions(path string, exceptions []Exception, stacks []string) Mistakes {
	var ms Mistakes
	first := map[[3]string]int{}
	for i, e := range exceptions {
		key := element(path, i)
		ms = append(ms, e.validate(key)...)
		ms = append(ms, e.validateStack(join(key, "stack"), stacks)...)
		same := [3]string{e.Rule, e.Address, e.Stack}
		if other, twice := first[same]; twice && e.Rule != "" && e.Address != "" {
			ms.add(key, "", "has the same rule, address and stack as "+element(path, other), "remove one")
			continue
		}
		first[same] = i
	}
	return ms
}

func (e Exception) validate(path string) Mistakes {
	const (
		ruleFix  = `copy the rule's name from the finding, such as "retention-shortened"`
		untilFix = `write the last day on which it applies, such as "2027-01-31"`
	)
	var ms Mistakes
	all := slices.Concat(ruleNames, auditRuleNames, versionRuleNames)
	switch {
	case e.Rule == "":
		ms.add(join(path, "rule"), "", "missing", ruleFix)
	case !slices.Contains(all, e.Rule):
		fix := ruleFix
		if near := nearest(e.Rule, all); near != "" {
			fix = "did you mean " + quote(near) + "?"
		}
		ms.add(join(path, "rule"), quote(e.Rule), "unknown rule", fix)
	}
	ms = append(ms, e.validateAddress(join(path, "address"))...)
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

// validateStack checks the stack. Without it, an exception for one of several
// stacks would excuse the same resource of every stack.
func (e Exception) validateStack(path string, stacks []string) Mistakes {
	fix := "write the name of a stack, a key of \"buckets\""
	if len(stacks) > 0 {
		fix += ", such as " + quote(stacks[0])
	}
	switch {
	case e.Stack == "" && len(stacks) > 1 && !bucketShape.MatchString(e.Address) && !e.InModule():
		return mistake(path, "", "missing, because there are several stacks and each has this address", fix)
	case e.Stack == "" || slices.Contains(stacks, e.Stack):
		return nil
	}
	if near := nearest(e.Stack, stacks); near != "" {
		fix = "did you mean " + quote(near) + "?"
	}
	return mistake(path, quote(e.Stack), "isn't a stack of this file", fix)
}

func (e Exception) validateAddress(path string) Mistakes {
	const (
		resourceFix = `copy the resource's address from the finding, such as "aws_s3_bucket.bucket"`
		bucketFix   = `copy the bucket's address from the finding, such as "s3://acme-data"`
	)
	var ms Mistakes
	versions := slices.Contains(versionRuleNames, e.Rule)
	unknown := !slices.Contains(ruleNames, e.Rule) && !e.OnlyAudit() // the rule alone is the mistake
	fix := resourceFix
	if versions {
		fix = bucketFix
	}
	switch {
	case e.Address == "":
		ms.add(path, "", "missing", fix)
	case (versions || e.Rule == eventHold || unknown) && bucketShape.MatchString(e.Address):
	case versions:
		ms.add(path, quote(e.Address), "must be s3:// and the name of one bucket, for a rule about versions", fix)
	case !addressShape.MatchString(e.Address):
		ms.add(path, quote(e.Address), "must be the address of one resource, without patterns", fix)
	}
	return ms
}
