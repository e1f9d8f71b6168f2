package dataset

import (
	"fmt"
	"time"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// seen is what was found of a file.
type seen struct {
	// listed are the listed versions of its key, nil if it couldn't be listed.
	listed *group
	// gone says that the complete listing doesn't have the version. Without
	// s3:ListBucket S3 then denies access to it.
	gone bool
	// object is the answer to HEAD or GET.
	object store.Object
	// err is its error, after retries.
	err error
	// lockErr is the error of reading its lock.
	lockErr error
	// sum is the SHA-256 of the bytes in hex, if they were read, and size their
	// number.
	sum  string
	size int64
	// atRest says that S3 was asked to compute the SHA-256 of the bytes at rest;
	// rest is what it computed, nil if its report has nothing of the file.
	atRest bool
	rest   *restSum
}

// judge compares a file with its entry. It is pure: now is S3's time, and until
// a date that the user set.
func judge(key string, e manifest.Entry, s seen, now, until time.Time) []Finding {
	var all []Finding
	find := func(name FindingName, format string, args ...any) {
		all = append(all, Finding{name, key, fmt.Sprintf(format, args...)})
	}
	judgeListing(e, s, find)
	switch {
	case store.NotFound(s.err) && s.listed != nil && s.listed.has(e.VersionID()):
		find(Unknown, "version %s is in the listing, but S3 returns 404 for it", e.VersionID())
	case store.NotFound(s.err), store.Denied(s.err) && s.gone:
		find(Missing, "version %s doesn't exist", e.VersionID())
	case store.Denied(s.err):
		find(Unknown, "not allowed to read version %s (%s)", e.VersionID(), readActions(e))
	case s.err != nil:
		find(Unknown, "version %s couldn't be read: %s", e.VersionID(), store.Brief(s.err))
	default:
		judgeBytes(e, s, find)
		judgeRest(e, s, find)
		judgeLock(e, s, now, until, find)
	}
	return all
}

// readActions are the actions that reading a version takes. S3 needs the key for its
// checksum too.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func readActions(e manifest.Entry) string {
	if key := e.Annotations.KMSKeyID; key != "" {
		return "s3:GetObjectVersion, and kms:Decrypt with " + key
	}
	return "s3:GetObjectVersion"
}

type finder func(name FindingName, format string, args ...any)

// judgeListing checks what covers a version.
func judgeListing(e manifest.Entry, s seen, find finder) {
	if s.listed == nil {
		return
	}
	for _, v := range s.listed.versions {
		switch {
		case !v.Newest || v.VersionID == e.VersionID():
		case v.Marker:
			find(Hidden, "the delete marker %s hides version %s", v.VersionID, e.VersionID())
		default:
			find(Shadowed, "the newer version %s replaces version %s", v.VersionID, e.VersionID())
		}
	}
}

func (g *group) has(id string) bool {
	for _, v := range g.versions {
		if v.VersionID == id && !v.Marker {
			return true
		}
	}
	return false
}

func judgeBytes(e manifest.Entry, s seen, find finder) {
	a, o := e.Annotations, s.object
	size := o.Size
	if s.sum != "" {
		size = s.size
	}
	switch {
	case size < a.Size:
		find(Truncated, "it has %d bytes, not %d", size, a.Size)
	case size > a.Size:
		find(Changed, "it has %d bytes, not %d", size, a.Size)
	case s.sum != "" && s.sum != e.Digest.SHA256:
		find(Changed, "the SHA-256 of its bytes is %s, not %s", s.sum, e.Digest.SHA256)
	case s.sum == "" && o.SHA256 == "":
		find(Unknown, "S3 returns no SHA-256 checksum for it")
	case s.sum == "" && o.SHA256 != a.S3.Value:
		find(Changed, "its checksum is %s, not %s", o.SHA256, a.S3.Value)
	}
	if o.Encryption != a.Encryption || o.KMSKeyID != a.KMSKeyID {
		find(
			Changed,
			"it is encrypted with %s, not %s",
			encryptionText(o.Encryption, o.KMSKeyID),
			encryptionText(a.Encryption, a.KMSKeyID),
		)
	}
}

// judgeRest compares what S3 computed at rest.
func judgeRest(e manifest.Entry, s seen, find finder) {
	switch {
	case !s.atRest:
	case s.rest == nil:
		find(Unknown, "the report of S3 Batch Operations has nothing of version %s", e.VersionID())
	case s.rest.version != e.VersionID():
		find(Unknown, "the report of S3 Batch Operations is of version %s, not %s", s.rest.version, e.VersionID())
	case s.rest.problem != "":
		find(Unknown, "S3 computed no checksum at rest: %s", s.rest.problem)
	case s.rest.sum != e.Digest.SHA256:
		find(Changed, "S3 computed the SHA-256 %s of its bytes at rest, not %s", s.rest.sum, e.Digest.SHA256)
	}
}

func encryptionText(algorithm, key string) string {
	switch {
	case algorithm == "":
		return "no named algorithm"
	case key == "":
		return algorithm
	}
	return algorithm + " " + key
}

func judgeLock(e manifest.Entry, s seen, now, until time.Time, find finder) {
	a, lock := e.Annotations, s.object.Lock
	if a.LegalHold && !s.object.LegalHold {
		find(Unknown, "its legal hold is off, or reading it isn't allowed (s3:GetObjectLegalHold)")
	}
	switch {
	case s.lockErr != nil && store.Denied(s.lockErr):
		find(Unknown, "not allowed to read its lock (s3:GetObjectRetention)")
		return
	case s.lockErr != nil:
		find(Unknown, "its lock couldn't be read: %s", store.Brief(s.lockErr))
		return
	case lock.EventHold:
		find(EventHold, "it is under an event hold, so its retention has no end yet")
		return
	case lock.Mode == "":
		find(
			Unlocked,
			"it has no retention; the manifest says %s until %s",
			a.Mode,
			a.RetainUntil.Format(time.RFC3339),
		)
		return
	case !lock.Until.After(now):
		find(Unlocked, "its retention ended at %s", lock.Until.Format(time.RFC3339))
		return
	}
	if weaker(lock.Mode, a.Mode) {
		find(WeakerMode, "it is in %s mode, not %s", lock.Mode, a.Mode)
	}
	switch {
	case lock.Until.Before(a.RetainUntil):
		find(
			EndsEarly,
			"it is locked until %s, not %s",
			lock.Until.Format(time.RFC3339),
			a.RetainUntil.Format(time.RFC3339),
		)
	case lock.Until.Before(until):
		find(
			EndsEarly,
			"it is locked until %s, sooner than %s",
			lock.Until.Format(time.RFC3339),
			until.Format(time.RFC3339),
		)
	}
}
