package settings

import (
	"fmt"
	"slices"
	"strconv"
)

// Limits of lifecycle rules, in days.
const (
	// DefaultAbortDays is how long a multipart upload may stay incomplete.
	DefaultAbortDays = 7
	// MaximumLifecycleDays is the longest time in a lifecycle rule, equal to
	// the longest retention.
	MaximumLifecycleDays = MaximumDays
)

// Lifecycle is what S3 does with old data automatically. No rule can delete a
// locked version: S3 keeps it until its retention ends.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-lifecycle
type Lifecycle struct {
	// Disabled leaves the lifecycle configuration out, for S3-compatible
	// servers that don't support it as AWS does. Only an endpoint allows it.
	Disabled bool
	// AbortIncompleteMultipartUploadDays is the age in days at which the
	// parts of an incomplete upload are removed.
	AbortIncompleteMultipartUploadDays int
	// Transitions move current versions to colder storage classes, in order
	// of their days.
	Transitions []Transition
	// NoncurrentVersionExpirationDays is the number of days after which an
	// overwritten version is deleted; 0 means never.
	NoncurrentVersionExpirationDays int
}

// Transition moves versions to a storage class when they are Days days old.
type Transition struct {
	Days         int
	StorageClass StorageClass
}

// DefaultLifecycle returns a lifecycle that only removes incomplete uploads.
func DefaultLifecycle() Lifecycle {
	return Lifecycle{AbortIncompleteMultipartUploadDays: DefaultAbortDays}
}

func decodeLifecycle(r *reader, into *Lifecycle) {
	enabled := true
	r.boolean("enabled", &enabled)
	into.Disabled = !enabled
	r.integer("abortIncompleteMultipartUploadDays", &into.AbortIncompleteMultipartUploadDays)
	for _, nested := range r.objects("transitions") {
		into.Transitions = append(into.Transitions, decodeTransition(nested))
	}
	const expiration = "noncurrentVersionExpirationDays"
	if r.integer(expiration, &into.NoncurrentVersionExpirationDays) && into.NoncurrentVersionExpirationDays == 0 {
		r.report(lifecycleDaysOutOfRange(join(r.path, expiration), 0))
	}
	r.done()
}

func decodeTransition(r *reader) Transition {
	var (
		t     Transition
		class string
	)
	if !r.integer("days", &t.Days) && r.node.fields["days"] == nil {
		r.ms.add(join(r.path, "days"), "", "missing", `write a number of days, such as "days": 30`)
	}
	r.str("storageClass", &class)
	t.StorageClass = StorageClass(class)
	r.done()
	return t
}

func (l Lifecycle) validate(path string, r Retention, endpoint string) Mistakes {
	var ms Mistakes
	switch {
	case l.Disabled && endpoint == "":
		ms.add(join(path, "enabled"), "false", "can only be used with an endpoint", "remove the key")
	case l.Disabled && (len(l.Transitions) > 0 || l.NoncurrentVersionExpirationDays != 0):
		ms.add(join(path, "enabled"), "false", "leaves out the other rules of the lifecycle too",
			"remove the key, or the other keys of the lifecycle")
	}
	if days := l.AbortIncompleteMultipartUploadDays; days < 1 || days > MaximumLifecycleDays {
		ms = lifecycleDaysOutOfRange(join(path, "abortIncompleteMultipartUploadDays"), days)
	}
	ms = append(ms, validateTransitions(join(path, "transitions"), l.Transitions)...)
	return append(ms, l.validateExpiration(join(path, "noncurrentVersionExpirationDays"), r)...)
}

func (l Lifecycle) validateExpiration(path string, r Retention) Mistakes {
	switch days := l.NoncurrentVersionExpirationDays; {
	case days == 0:
		return nil
	case days < 0 || days > MaximumLifecycleDays:
		return lifecycleDaysOutOfRange(path, days)
	case days < r.TotalDays():
		return mistake(path, strconv.Itoa(days),
			fmt.Sprintf("is less than the retention of %s, and S3 deletes no version before its retention ends", r),
			fmt.Sprintf("write %d or more", r.TotalDays()))
	}
	return nil
}

func lifecycleDaysOutOfRange(path string, n int) Mistakes {
	return mistake(path, strconv.Itoa(n), fmt.Sprintf("must be a whole number from 1 to %d", MaximumLifecycleDays),
		"write a length in days, or remove the key to use its default")
}

func validateTransitions(path string, transitions []Transition) Mistakes {
	var (
		ms       Mistakes
		previous Transition
	)
	for i, t := range transitions {
		ms = append(ms, t.validate(element(path, i), previous)...)
		previous = t
	}
	return ms
}

// validate checks a transition, and that AWS allows it after the previous one,
// which is zero for the first.
func (t Transition) validate(path string, previous Transition) Mistakes {
	key := join(path, "storageClass")
	switch {
	case t.StorageClass == "":
		return mistake(key, "", "missing", `set a storage class, such as "GLACIER"`)
	case !t.StorageClass.Valid():
		return validateChoice(key, t.StorageClass, coldness, "use one of these storage classes")
	case previous.StorageClass.Valid() && !slices.Contains(classes[previous.StorageClass].to, t.StorageClass):
		return mistake(key, quote(string(t.StorageClass)),
			fmt.Sprintf("S3 can't move versions from %s to %s", previous.StorageClass, t.StorageClass),
			"list the transitions from warm to cold, each class once")
	}
	least, reason := t.earliest(previous)
	if t.Days >= least && t.Days <= MaximumLifecycleDays {
		return nil
	}
	return mistake(join(path, "days"), strconv.Itoa(t.Days),
		fmt.Sprintf("must be %d to %d for %s%s", least, MaximumLifecycleDays, t.StorageClass, reason),
		fmt.Sprintf("write %d or more", least))
}

// earliest returns the minimum number of days that AWS allows after the
// previous transition, and the reason if that transition determines it.
func (t Transition) earliest(previous Transition) (days int, reason string) {
	days = classes[t.StorageClass].daysBefore
	if !previous.StorageClass.Valid() {
		return days, ""
	}
	stay := classes[previous.StorageClass].daysWithin
	if previous.Days+stay < days {
		return days, ""
	}
	return previous.Days + stay, fmt.Sprintf(", because versions must stay in %s for %d days", previous.StorageClass, stay)
}
