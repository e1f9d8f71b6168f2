package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of lifecycle rules, in days.
const (
	// DefaultAbortDays is how long an upload in parts may stay incomplete.
	DefaultAbortDays = 7
	// MaximumLifecycleDays keeps the days of lifecycle rules below those of a
	// retention's longest.
	MaximumLifecycleDays = MaximumDays
)

// Lifecycle says what S3 does with old data by itself. No rule here can reach
// a locked version: S3 keeps it until its retention ends.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-lifecycle
type Lifecycle struct {
	// AbortIncompleteMultipartUploadDays is after how many days the parts of
	// an upload that was never completed are removed.
	AbortIncompleteMultipartUploadDays int
	// Transitions move current versions to colder storage classes, in the
	// order of their days.
	Transitions []Transition
	// NoncurrentVersionExpirationDays is how many days after it was
	// overwritten a version is deleted; 0 for never.
	NoncurrentVersionExpirationDays int
}

// Transition moves versions to a storage class some days after they were
// written.
type Transition struct {
	Days         int
	StorageClass StorageClass
}

// DefaultLifecycle returns a lifecycle that only clears away incomplete
// uploads.
func DefaultLifecycle() Lifecycle {
	return Lifecycle{AbortIncompleteMultipartUploadDays: DefaultAbortDays}
}

func decodeLifecycle(r *reader, into *Lifecycle) {
	r.integer("abortIncompleteMultipartUploadDays", &into.AbortIncompleteMultipartUploadDays)
	for _, nested := range r.objects("transitions") {
		into.Transitions = append(into.Transitions, decodeTransition(nested))
	}
	if r.integer("noncurrentVersionExpirationDays", &into.NoncurrentVersionExpirationDays) && into.NoncurrentVersionExpirationDays == 0 {
		r.ms.lifecycleDays(join(r.path, "noncurrentVersionExpirationDays"), 0)
	}
	r.done()
}

func decodeTransition(r *reader) Transition {
	var (
		t     Transition
		class string
	)
	if !r.integer("days", &t.Days) && r.node.fields["days"] == nil {
		r.ms.add(join(r.path, "days"), "", "missing", `say after how many days, such as "days": 30`)
	}
	r.str("storageClass", &class)
	t.StorageClass = StorageClass(class)
	r.done()
	return t
}

// objects reads a list of objects.
func (r *reader) objects(key string) []*reader {
	n := r.field(key)
	if n == nil {
		return nil
	}
	path := join(r.path, key)
	if n.kind != arrayKind {
		r.ms.wrongType(path, n, arrayKind, `write [{ … }, { … }]`)
		return nil
	}
	var readers []*reader
	for i, item := range n.items {
		if nested, ok := read(r.ms, path+"["+strconv.Itoa(i)+"]", item); ok {
			readers = append(readers, nested)
		}
	}
	return readers
}

func (ms *Mistakes) lifecycle(path string, l Lifecycle, r Retention) {
	if days := l.AbortIncompleteMultipartUploadDays; days < 1 || days > MaximumLifecycleDays {
		ms.lifecycleDays(join(path, "abortIncompleteMultipartUploadDays"), days)
	}
	ms.transitions(join(path, "transitions"), l.Transitions)
	key := join(path, "noncurrentVersionExpirationDays")
	switch days := l.NoncurrentVersionExpirationDays; {
	case days == 0:
	case days < 0 || days > MaximumLifecycleDays:
		ms.lifecycleDays(key, days)
	case days < r.TotalDays():
		ms.add(key, strconv.Itoa(days), fmt.Sprintf("is shorter than the retention of %s, before whose end S3 deletes no version", r), fmt.Sprintf("write %d or more", r.TotalDays()))
	}
}

func (ms *Mistakes) lifecycleDays(path string, n int) {
	ms.add(path, strconv.Itoa(n), fmt.Sprintf("must be a whole number from 1 to %d", MaximumLifecycleDays), "write a length in days, or leave the key out for its default")
}

// transitions holds each step to AWS's order of storage classes and to the
// days that a version has to stay in one before it may leave.
func (ms *Mistakes) transitions(path string, transitions []Transition) {
	for i, t := range transitions {
		key := path + "[" + strconv.Itoa(i) + "]"
		if !t.StorageClass.Valid() {
			value, allowed := quote(string(t.StorageClass)), "must be one of "
			if t.StorageClass == "" {
				value, allowed = "", "missing; it must be one of "
			}
			ms.add(join(key, "storageClass"), value, allowed+strings.Join(classNames(), ", "), "name one of these storage classes")
			continue
		}
		least, since := classes[t.StorageClass].daysBefore, "after they were written"
		if i > 0 && transitions[i-1].StorageClass.Valid() {
			before := transitions[i-1]
			if !slices.Contains(classes[before.StorageClass].to, t.StorageClass) {
				ms.add(join(key, "storageClass"), quote(string(t.StorageClass)), "S3 moves nothing from "+string(before.StorageClass)+" to it", "order the transitions from warm to cold, each class once")
				continue
			}
			if stay := before.Days + classes[before.StorageClass].daysWithin; stay >= least {
				least, since = stay, fmt.Sprintf("after they were written, since versions stay in %s for %d days at least", before.StorageClass, classes[before.StorageClass].daysWithin)
			}
		}
		if t.Days < least || t.Days > MaximumLifecycleDays {
			ms.add(join(key, "days"), strconv.Itoa(t.Days), fmt.Sprintf("versions may go to %s %d to %d days %s", t.StorageClass, least, MaximumLifecycleDays, since), fmt.Sprintf("write %d or more", least))
		}
	}
}
