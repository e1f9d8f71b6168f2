package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"datalock/internal/check"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lifecycle finds rules that expire versions sooner than declared, and declared
// rules that aren't there.
func (a *auditor) lifecycle(ctx context.Context) {
	a.part("lifecycle", func() (string, error) {
		rules, err := a.bucket.Lifecycle(ctx)
		if err != nil {
			return "", err
		}
		wanted := WantedLifecycle(a.Wanted.Lifecycle)
		if a.Kind == Evidence && !a.Wanted.Lifecycle.Disabled {
			wanted = append(wanted, expiring(a.data.Evidence.ExpirationDays))
		}
		for _, id := range check.ExpiresSooner(inTerraform(wanted), inTerraform(rules)) {
			a.find("expires-sooner", lifecycleAddress,
				"rule %q expires versions sooner than %s say, or other versions", id, a.says())
		}
		for _, rule := range wanted {
			if !slices.ContainsFunc(rules, func(is types.LifecycleRule) bool { return does(is, rule) }) {
				a.find(lifecycleChanged, lifecycleAddress, "no rule does what %q of %s does: %s",
					aws.ToString(rule.ID), a.says(), doing(rule))
			}
		}
		return ruleNames(rules), nil
	})
}

func ruleNames(rules []types.LifecycleRule) string {
	if len(rules) == 0 {
		return "none"
	}
	var names []string
	for _, r := range rules {
		names = append(names, fmt.Sprintf("%q %s", aws.ToString(r.ID), strings.ToLower(string(r.Status))))
	}
	return strings.Join(names, ", ")
}

// WantedLifecycle returns the rules that the settings declare.
func WantedLifecycle(l settings.Lifecycle) []types.LifecycleRule {
	if l.Disabled {
		return nil
	}
	rule := func(id string) types.LifecycleRule {
		return types.LifecycleRule{
			ID: &id, Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
		}
	}
	abort := rule("abort-incomplete-multipart-uploads")
	abort.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{
		DaysAfterInitiation: aws.Int32(int32(l.AbortIncompleteMultipartUploadDays)),
	}
	all := []types.LifecycleRule{abort}
	if len(l.Transitions) > 0 {
		move := rule("move-to-colder-storage")
		for _, t := range l.Transitions {
			move.Transitions = append(move.Transitions, types.Transition{
				Days: aws.Int32(int32(t.Days)), StorageClass: types.TransitionStorageClass(t.StorageClass),
			})
		}
		all = append(all, move)
	}
	if days := l.NoncurrentVersionExpirationDays; days > 0 {
		expire := rule("expire-noncurrent-versions")
		expire.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(int32(days))}
		all = append(all, expire)
	}
	return all
}

// expiring returns the rule of an evidence bucket that expires old reports.
func expiring(days int) types.LifecycleRule {
	return types.LifecycleRule{
		ID: aws.String("expire-old-reports"), Status: types.ExpirationStatusEnabled,
		Filter:                      &types.LifecycleRuleFilter{Prefix: aws.String("")},
		Expiration:                  &types.LifecycleExpiration{Days: aws.Int32(int32(days))},
		NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(int32(days))},
	}
}

// does reports whether a rule does everything that a declared rule does, for the
// whole bucket.
func does(is, declared types.LifecycleRule) bool {
	return is.Status == types.ExpirationStatusEnabled && wholeBucket(is) && strings.Contains(doing(is), doing(declared))
}

// doing describes what a rule does.
func doing(r types.LifecycleRule) string {
	var all []string
	if abort := r.AbortIncompleteMultipartUpload; abort != nil {
		all = append(all, fmt.Sprintf("incomplete uploads are removed after %d days",
			aws.ToInt32(abort.DaysAfterInitiation)))
	}
	for _, t := range r.Transitions {
		all = append(all, fmt.Sprintf("to %s after %d days", t.StorageClass, aws.ToInt32(t.Days)))
	}
	if e := r.Expiration; e != nil && e.Days != nil {
		all = append(all, fmt.Sprintf("versions expire after %d days", *e.Days))
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		all = append(all, fmt.Sprintf("noncurrent versions are deleted after %d days", aws.ToInt32(e.NoncurrentDays)))
	}
	return strings.Join(all, ", ")
}

func wholeBucket(r types.LifecycleRule) bool {
	f := r.Filter
	return oldPrefix(r) == "" && (f == nil || aws.ToString(f.Prefix) == "" &&
		f.And == nil && f.Tag == nil && f.ObjectSizeGreaterThan == nil && f.ObjectSizeLessThan == nil)
}

// oldPrefix returns the prefix of a rule without a filter block.
func oldPrefix(r types.LifecycleRule) string {
	return aws.ToString(r.Prefix) //nolint:staticcheck // deprecated, but old rules have it
}

// inTerraform converts rules to the form that check compares.
func inTerraform(rules []types.LifecycleRule) map[string]any {
	all := []any{}
	for _, r := range rules {
		rule := map[string]any{"id": aws.ToString(r.ID), "status": string(r.Status), "filter": filterOf(r)}
		if e := r.Expiration; e != nil {
			expiration := map[string]any{"days": float64(aws.ToInt32(e.Days))}
			if e.Date != nil {
				expiration["date"] = e.Date.UTC().Format(time.RFC3339)
			}
			rule["expiration"] = []any{expiration}
		}
		if e := r.NoncurrentVersionExpiration; e != nil {
			rule["noncurrent_version_expiration"] = []any{map[string]any{
				"noncurrent_days":           float64(aws.ToInt32(e.NoncurrentDays)),
				"newer_noncurrent_versions": float64(aws.ToInt32(e.NewerNoncurrentVersions)),
			}}
		}
		all = append(all, rule)
	}
	return map[string]any{"rule": all}
}

// filterOf describes the filter of a rule, nil for the whole bucket.
func filterOf(r types.LifecycleRule) []any {
	if wholeBucket(r) {
		return nil
	}
	filter := map[string]any{"prefix": oldPrefix(r)}
	if f := r.Filter; f != nil {
		filter["filter"] = fmt.Sprintf("%q %v %v %v %v", aws.ToString(f.Prefix), f.And != nil, f.Tag != nil,
			aws.ToInt64(f.ObjectSizeGreaterThan), aws.ToInt64(f.ObjectSizeLessThan))
	}
	return []any{filter}
}
