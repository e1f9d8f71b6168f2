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
	// Contradictions are what the server says of the lock in two ways. Mode,
	// Until and Hold are as GetObjectRetention and GetObjectLegalHold say.
	Contradictions []string `json:"contradictions,omitempty"`
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
	if len(s.Contradictions) > 0 {
		text += ", but the server contradicts itself: " + strings.Join(s.Contradictions, "; ")
	}
	return text
}

// A version is an object version that the run has written.
type version struct {
	key, id string
	// sum is the SHA-256 of what was written.
	sum string
	// written is when, by the server's clock, here by this machine's.
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
