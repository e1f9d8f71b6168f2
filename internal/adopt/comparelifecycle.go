package adopt

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"datalock/internal/audit"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lifecycle compares the rules. The stack's configuration replaces all of the
// bucket's, so a rule that the settings don't declare is removed.
func (c *comparison) lifecycle() {
	wanted, declared := audit.WantedLifecycle(c.wanted.Lifecycle), []string{}
	for _, rule := range wanted {
		declared = append(declared, ruleText(rule))
	}
	there := []string{}
	for _, rule := range c.is.Lifecycle {
		there = append(there, ruleText(rule))
	}
	if len(wanted) == 0 {
		c.leave(lifecyclePart, there...)
		return
	}
	if len(there) == 0 {
		c.put(lifecycleType, lifecyclePart, false, "", strings.Join(declared, "; "), c.mfaWarning())
		return
	}
	for i, rule := range there {
		if slices.Contains(declared, rule) {
			c.put(lifecycleType, lifecyclePart, true, rule, rule, "")
			continue
		}
		to, warning := outcome(c.is.Lifecycle[i], wanted)
		c.put(lifecycleType, lifecyclePart, true, rule, to, warning)
	}
	for _, rule := range declared {
		if !slices.Contains(there, rule) {
			c.put(lifecycleType, lifecyclePart, true, "no such rule", rule, "")
		}
	}
}

// outcome returns what becomes of a rule that the settings don't declare, and a
// warning of what it does that no declared rule does.
func outcome(r types.LifecycleRule, declared []types.LifecycleRule) (to, warning string) {
	var kept []string
	for _, d := range declared {
		kept = append(kept, actionsOf(d)...)
	}
	all := actionsOf(r)
	lost := slices.DeleteFunc(slices.Clone(all), func(action string) bool { return slices.Contains(kept, action) })
	switch {
	case r.Status != types.ExpirationStatusEnabled || filterText(r) != "" || len(lost) == len(all):
		return "removed", "this rule is removed and no longer applies"
	case len(lost) == 0:
		return "replaced by rules of the stack that do the same", ""
	}
	return "replaced by rules of the stack that do part of it", "no longer: " + strings.Join(lost, ", ")
}

// mfaWarning returns a warning if AWS refuses a lifecycle because of MFA delete.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html
func (c *comparison) mfaWarning() string {
	if !c.is.MFADelete {
		return ""
	}
	return "AWS refuses a lifecycle while MFA delete is on; switch it off first"
}

// ruleText describes everything that a rule does.
func ruleText(r types.LifecycleRule) string {
	text := fmt.Sprintf("rule %q", aws.ToString(r.ID))
	if r.Status != types.ExpirationStatusEnabled {
		text += " (disabled)"
	}
	return text + ": " + strings.Join(actionsOf(r), ", ") + filterText(r)
}

// actionsOf describes each action of a rule.
func actionsOf(r types.LifecycleRule) []string {
	var does []string
	say := func(format string, args ...any) { does = append(does, fmt.Sprintf(format, args...)) }
	if e := r.Expiration; e != nil {
		switch {
		case e.Date != nil:
			say("objects expire on %s", e.Date.UTC().Format(time.DateOnly))
		case aws.ToInt32(e.Days) > 0:
			say("objects expire after %s", days(e.Days))
		case aws.ToBool(e.ExpiredObjectDeleteMarker):
			say("delete markers without versions are removed")
		}
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		say("noncurrent versions are deleted after %s%s", days(e.NoncurrentDays), keeping(e.NewerNoncurrentVersions))
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		say("incomplete uploads are removed after %s", days(a.DaysAfterInitiation))
	}
	for _, t := range r.Transitions {
		if t.Date != nil {
			say("to %s on %s", t.StorageClass, t.Date.UTC().Format(time.DateOnly))
			continue
		}
		say("to %s after %s", t.StorageClass, days(t.Days))
	}
	for _, t := range r.NoncurrentVersionTransitions {
		say("noncurrent versions to %s after %s%s", t.StorageClass, days(t.NoncurrentDays),
			keeping(t.NewerNoncurrentVersions))
	}
	return does
}

func days(n *int32) string { return counted(int64(aws.ToInt32(n)), "day") }

func keeping(newer *int32) string {
	if aws.ToInt32(newer) == 0 {
		return ""
	}
	return fmt.Sprintf(", but for the newest %d", *newer)
}

// filterText describes the objects that a rule applies to.
func filterText(r types.LifecycleRule) string {
	var only []string
	say := func(format string, args ...any) { only = append(only, fmt.Sprintf(format, args...)) }
	bounds := func(prefix *string, more, less *int64) {
		if aws.ToString(prefix) != "" {
			say("below %q", *prefix)
		}
		if more != nil {
			say("larger than %s", counted(*more, "byte"))
		}
		if less != nil {
			say("smaller than %s", counted(*less, "byte"))
		}
	}
	bounds(r.Prefix, nil, nil) //nolint:staticcheck // deprecated, but old rules have it
	if f := r.Filter; f != nil {
		bounds(f.Prefix, f.ObjectSizeGreaterThan, f.ObjectSizeLessThan)
		if f.Tag != nil {
			say("tagged %s=%s", aws.ToString(f.Tag.Key), aws.ToString(f.Tag.Value))
		}
		if and := f.And; and != nil {
			bounds(and.Prefix, and.ObjectSizeGreaterThan, and.ObjectSizeLessThan)
			for _, tag := range and.Tags {
				say("tagged %s=%s", aws.ToString(tag.Key), aws.ToString(tag.Value))
			}
		}
	}
	if len(only) == 0 {
		return ""
	}
	return " (" + strings.Join(only, ", ") + ")"
}
