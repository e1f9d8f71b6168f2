package prove

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A testBucket is a bucket that the trials use: the one under test, or a
// control.
type testBucket struct {
	*clients
	bucket string
	// prefix is the key prefix of all objects that the run writes.
	prefix string
	// locked says that the bucket has Object Lock, versioned that it has
	// versioning.
	locked, versioned bool
	// control says that the bucket was created for the run: nothing in it may
	// be locked for long.
	control bool
	// expected is the default retention that new versions must get; zero if
	// there is none.
	expected settings.Retention
	// guards are the guards of the bucket's policy.
	guards Guards
	// ledger lists what the trials have locked so far.
	ledger *ledger
}

// State is the readable state of one object version.
type State struct {
	// Readable says that the version's bytes were read.
	Readable bool `json:"readable"`
	// SHA256 is the SHA-256 of the bytes, in hex.
	SHA256 string `json:"sha256,omitempty"`
	// Bytes is their number.
	Bytes int `json:"bytes,omitempty"`
	// Mode is the retention mode, empty if there is no retention.
	Mode settings.RetentionMode `json:"mode,omitempty"`
	// Until is when the retention ends.
	Until *time.Time `json:"retain_until,omitempty"`
	// Hold says that a legal hold is on.
	Hold bool `json:"legal_hold,omitempty"`
	// Unknown lists what could not be read, with the server's answers.
	Unknown []string `json:"unknown,omitempty"`
	// Contradictions list where the server contradicts itself about the lock.
	// Mode, Until and Hold come from GetObjectRetention and GetObjectLegalHold.
	Contradictions []string `json:"contradictions,omitempty"`
	// Answer is the server's answer if nothing was read.
	Answer string `json:"answer,omitempty"`
}

// String describes the state in a phrase.
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
	if len(s.Contradictions) > 0 {
		text += ", but the server contradicts itself: " + strings.Join(s.Contradictions, "; ")
	}
	return text
}

// A version is an object version that the run wrote.
type version struct {
	key, id string
	// sum is the SHA-256 of the written data.
	sum string
	// written is the time of the write by the server's clock, here by this
	// machine's.
	written, here time.Time
}

// begun returns a version that is about to be written.
func (b *testBucket) begun(key, sum string) version {
	return version{key: key, sum: sum, written: b.clock.now(), here: time.Now()}
}

func (v version) idOrNil() *string {
	if v.id == "" {
		return nil
	}
	return aws.String(v.id)
}

// shown reads what a reader gets who names no version.
func (b *testBucket) shown(ctx context.Context, key string) (State, error) {
	plain := *b
	plain.locked = false
	return plain.read(ctx, version{key: key})
}

// unreachable returns nil for a server's refusal, and any other error
// unchanged.
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
