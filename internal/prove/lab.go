package prove

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A lab is a bucket as the trials see it: the one on trial, or a control.
type lab struct {
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
	// Answer is what the server said where nothing was read.
	Answer string `json:"answer,omitempty"`

	// status is the answer's.
	status int
}

// String says it in a phrase.
func (s State) String() string {
	if !s.Readable {
		return "gone (" + s.Answer + ")"
	}
	text := "readable, SHA-256 " + s.SHA256[:12] + "…"
	if s.Mode != "" {
		text += fmt.Sprintf(", %s until %s", s.Mode, s.Until.UTC().Format(time.RFC3339))
	} else {
		text += ", no retention"
	}
	if s.Hold {
		text += ", legal hold on"
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
// [*UnreachableError]; all else is in the state.
func (l *lab) read(ctx context.Context, v version) (State, error) {
	var s State
	owner := l.by[Owner]
	answer, err := steadily(ctx, "GetObject", func(ctx context.Context) error {
		out, err := owner.GetObject(ctx, &s3.GetObjectInput{Bucket: &l.bucket, Key: &v.key, VersionId: v.idOrNil()})
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
		s.Answer, s.status = answer.String(), answer.Status
		return s, unreachable(err)
	}
	if !l.locked {
		return s, nil
	}
	if err := l.readRetention(ctx, v, &s); err != nil {
		return s, err
	}
	return s, l.readHold(ctx, v, &s)
}

// readRetention leaves the state without a retention where the server knows
// of none.
func (l *lab) readRetention(ctx context.Context, v version, s *State) error {
	_, err := steadily(ctx, "GetObjectRetention", func(ctx context.Context) error {
		out, err := l.by[Owner].GetObjectRetention(ctx, &s3.GetObjectRetentionInput{Bucket: &l.bucket, Key: &v.key, VersionId: v.idOrNil()})
		if err == nil && out.Retention != nil {
			s.Mode, s.Until = settings.RetentionMode(out.Retention.Mode), out.Retention.RetainUntilDate
		}
		return err
	})
	if s.Until == nil {
		s.Mode = ""
	}
	return unreachable(err)
}

func (l *lab) readHold(ctx context.Context, v version, s *State) error {
	_, err := steadily(ctx, "GetObjectLegalHold", func(ctx context.Context) error {
		out, err := l.by[Owner].GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{Bucket: &l.bucket, Key: &v.key, VersionId: v.idOrNil()})
		s.Hold = err == nil && out.LegalHold != nil && out.LegalHold.Status == types.ObjectLockLegalHoldStatusOn
		return err
	})
	return unreachable(err)
}

// readings is how often a request that only reads is sent before its answer
// counts, and readAgainAfter what is waited between.
const (
	readings       = 3
	readAgainAfter = 300 * time.Millisecond
)

// steadily sends a request that changes nothing, and sends it again where the
// answer tells of the server's or the network's state and not of the data: an
// overload, a fault, a body that breaks off. An answer that keeps breaking off
// is none.
func steadily(ctx context.Context, request string, send func(context.Context) error) (answer Answer, err error) {
	for i := range readings {
		if i > 0 {
			if err := wait(ctx, time.Now().Add(readAgainAfter)); err != nil {
				return answer, err
			}
		}
		answer, err = call(ctx, request, send)
		if err == nil || answer.Status >= http.StatusMultipleChoices && answer.Status < http.StatusInternalServerError && answer.Status != http.StatusTooManyRequests {
			return answer, err
		}
		if gone := (*UnreachableError)(nil); errors.As(err, &gone) {
			return answer, err
		}
	}
	if answer.Status < http.StatusMultipleChoices {
		return answer, &UnreachableError{request, err}
	}
	return answer, err
}

// shown reads what a reader of the key sees, who names no version.
func (l *lab) shown(ctx context.Context, key string) (State, error) {
	plain := *l
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
