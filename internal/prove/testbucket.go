package prove

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A testBucket is a bucket as the trials see it: the one on trial, or a control.
type testBucket struct {
	*clients
	bucket string
	// prefix begins the keys of all objects that the run writes.
	prefix string
	// locked says that the bucket has Object Lock, versioned that it has
	// versioning.
	locked, versioned bool
	// control says that the bucket was made for the run: nothing in it may be
	// locked for long.
	control bool
	// expected is the default retention that new versions must get; the zero
	// value where there is none.
	expected settings.Retention
	// guards are those that the bucket's policy declares.
	guards Guards
	// ledger has what the trials locked so far.
	ledger *ledger
}

// State is what can be read of one object version.
type State struct {
	// Readable says that the version's bytes were read.
	Readable bool `json:"readable"`
	// SHA256 is that of the bytes, in hex.
	SHA256 string `json:"sha256,omitempty"`
	// Bytes is how many they are.
	Bytes int `json:"bytes,omitempty"`
	// Mode is the retention mode, empty where there is no retention.
	Mode settings.RetentionMode `json:"mode,omitempty"`
	// Until is when the retention ends.
	Until *time.Time `json:"retain_until,omitempty"`
	// Hold says that there is a legal hold.
	Hold bool `json:"legal_hold,omitempty"`
	// Unknown says what could not be read, and what the server answered.
	Unknown []string `json:"unknown,omitempty"`
	// Answer is what the server said if nothing was read.
	Answer string `json:"answer,omitempty"`
}

// String says it in a phrase.
func (s State) String() string {
	switch {
	case !s.Readable && len(s.Unknown) > 0:
		return "unknown: " + strings.Join(s.Unknown, "; ")
	case !s.Readable:
		return "gone (" + s.Answer + ")"
	}
	text := "readable, SHA-256 " + s.SHA256[:12] + "…"
	if s.Mode != "" {
		text += fmt.Sprintf(", %s until %s", s.Mode, s.Until.UTC().Format(time.RFC3339))
	} else if len(s.Unknown) == 0 {
		text += ", no retention"
	}
	if s.Hold {
		text += ", legal hold on"
	}
	if len(s.Unknown) > 0 {
		text += ", unknown: " + strings.Join(s.Unknown, "; ")
	}
	return text
}

// A version is an object version that the run has written.
type version struct {
	key, id string
	// sum is the SHA-256 of what was written.
	sum     string
	written time.Time
}

func (v version) idOrNil() *string {
	if v.id == "" {
		return nil
	}
	return aws.String(v.id)
}

// read reads a version back as the owner. The error is an
// [*UnreachableError]; all else is in the state. Only S3's word that the
// version isn't there makes it gone: whatever else keeps it from being read
// leaves it unknown.
func (b *testBucket) read(ctx context.Context, v version) (State, error) {
	var s State
	request, err := call(ctx, "GetObject", func(ctx context.Context) error {
		out, err := b.by[Owner].GetObject(ctx, &s3.GetObjectInput{
			Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(),
		})
		if err != nil {
			return err
		}
		defer func() { _ = out.Body.Close() }()
		body, err := io.ReadAll(out.Body)
		if err != nil {
			return err
		}
		s.Readable, s.SHA256, s.Bytes = true, sum(body), len(body)
		return nil
	})
	if err != nil {
		s.Answer = request.Answer()
		if !request.saysMissing() {
			s.Unknown = append(s.Unknown, "the data: GetObject was answered "+s.Answer)
		}
		return s, unreachable(err)
	}
	if !b.locked {
		return s, nil
	}
	if err := b.readRetention(ctx, v, &s); err != nil {
		return s, err
	}
	return s, b.readHold(ctx, v, &s)
}

// saysMissing reports whether the server says that the object, the version or
// the whole bucket isn't there.
func (r Request) saysMissing() bool {
	return r.Status == http.StatusNotFound && (slices.Contains(missingCodes, r.Code) || r.Code == "NotFound")
}

// saysUnlocked reports whether the server says that the version, or the whole
// bucket, has no lock.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
func (r Request) saysUnlocked() bool {
	return r.Code == "NoSuchObjectLockConfiguration" || r.Code == "ObjectLockConfigurationNotFoundError" ||
		r.Code == "InvalidRequest"
}

// readRetention leaves the state without a retention if the server says that
// there is none.
func (b *testBucket) readRetention(ctx context.Context, v version, s *State) error {
	request, err := call(ctx, "GetObjectRetention", func(ctx context.Context) error {
		out, err := b.by[Owner].GetObjectRetention(ctx, &s3.GetObjectRetentionInput{
			Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(),
		})
		if err == nil && out.Retention != nil {
			s.Mode, s.Until = settings.RetentionMode(out.Retention.Mode), out.Retention.RetainUntilDate
		}
		return err
	})
	if s.Until == nil {
		s.Mode = ""
	}
	if err != nil && !request.saysUnlocked() {
		s.Unknown = append(s.Unknown, "the retention: GetObjectRetention was answered "+request.Answer())
	}
	return unreachable(err)
}

func (b *testBucket) readHold(ctx context.Context, v version, s *State) error {
	request, err := call(ctx, "GetObjectLegalHold", func(ctx context.Context) error {
		out, err := b.by[Owner].GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{
			Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(),
		})
		s.Hold = err == nil && out.LegalHold != nil && out.LegalHold.Status == types.ObjectLockLegalHoldStatusOn
		return err
	})
	if err != nil && !request.saysUnlocked() {
		s.Unknown = append(s.Unknown, "the legal hold: GetObjectLegalHold was answered "+request.Answer())
	}
	return unreachable(err)
}

// shown reads what a reader of the key sees, who names no version.
func (b *testBucket) shown(ctx context.Context, key string) (State, error) {
	plain := *b
	plain.locked = false
	return plain.read(ctx, version{key: key})
}

// unreachable drops a server's refusals and keeps all other errors.
func unreachable(err error) error {
	gone := (*UnreachableError)(nil)
	if errors.As(err, &gone) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

func sum(body []byte) string {
	hash := sha256.Sum256(body)
	return hex.EncodeToString(hash[:])
}
