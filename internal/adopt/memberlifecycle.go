package adopt

import (
	"encoding/json"
	"slices"

	"datalock/internal/plainjson"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type memberLifecycle struct {
	AbortIncompleteMultipartUploadDays int                `json:"abortIncompleteMultipartUploadDays,omitempty"`
	Transitions                        []memberTransition `json:"transitions,omitempty"`
	NoncurrentVersionExpirationDays    int                `json:"noncurrentVersionExpirationDays,omitempty"`
}

type memberTransition struct {
	Days         int                          `json:"days"`
	StorageClass types.TransitionStorageClass `json:"storageClass"`
}

// keptLifecycle returns what the enabled rules for all objects do, as far as
// settings can express it, or nil if that is what the default does. Of several
// rules with the same action, S3 applies the one with the fewest days.
func keptLifecycle(rules []types.LifecycleRule, m Member) *memberLifecycle {
	var is, kept memberLifecycle
	moving := 0
	for _, r := range rules {
		if r.Status != types.ExpirationStatusEnabled || filterText(r) != "" {
			continue
		}
		if a := r.AbortIncompleteMultipartUpload; a != nil {
			is.AbortIncompleteMultipartUploadDays = fewer(is.AbortIncompleteMultipartUploadDays, a.DaysAfterInitiation)
		}
		if e := r.NoncurrentVersionExpiration; e != nil && aws.ToInt32(e.NewerNoncurrentVersions) == 0 {
			is.NoncurrentVersionExpirationDays = fewer(is.NoncurrentVersionExpirationDays, e.NoncurrentDays)
		}
		if len(r.Transitions) > 0 {
			moving++
		}
		for _, t := range r.Transitions {
			if t.Date != nil {
				moving = 2 // settings have no dates
			}
			is.Transitions = append(is.Transitions, memberTransition{int(aws.ToInt32(t.Days)), t.StorageClass})
		}
	}
	if days := is.AbortIncompleteMultipartUploadDays; days != settings.DefaultAbortDays {
		kept.AbortIncompleteMultipartUploadDays = days
	}
	slices.SortStableFunc(is.Transitions, func(x, y memberTransition) int { return x.Days - y.Days })
	if moving == 1 && m.expresses(memberLifecycle{Transitions: is.Transitions}) {
		kept.Transitions = is.Transitions
	}
	if days := is.NoncurrentVersionExpirationDays; m.expresses(memberLifecycle{NoncurrentVersionExpirationDays: days}) {
		kept.NoncurrentVersionExpirationDays = days
	}
	if kept.AbortIncompleteMultipartUploadDays+kept.NoncurrentVersionExpirationDays+len(kept.Transitions) == 0 {
		return nil
	}
	return &kept
}

// fewer returns the smaller number of days; 0 is none yet.
func fewer(days int, other *int32) int {
	if n := int(aws.ToInt32(other)); days == 0 || n < days {
		return n
	}
	return days
}

// expresses reports whether settings accept a lifecycle beside the retention.
func (m Member) expresses(l memberLifecycle) bool {
	bucket := map[string]any{"lifecycle": l}
	if m.Retention != nil {
		bucket["retention"] = m.Retention
	}
	text, err := plainjson.Compact(map[string]any{"context": map[string]any{"datalock": map[string]any{
		"region": "us-east-1", "buckets": map[string]any{"data": bucket},
	}}})
	if err == nil {
		_, err = settings.DecodeFile(json.RawMessage(text), "")
	}
	return err == nil
}
