package manifest

import (
	"errors"
	"fmt"
	"time"

	"datalock/internal/plainjson"

	"github.com/go-json-experiment/json"
)

// RenewalType is the predicate type of a renewal's record.
const RenewalType = "urn:datalock:renewal:v1"

// A RenewalStatement is the content of renewals/TIME.json: an in-toto Statement
// about manifest.json, whose digest is the root digest.
type RenewalStatement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Renewal   `json:"predicate"`
}

// A Renewal says until when the versions of a dataset are locked after a
// renewal. It says nothing about their bytes.
type Renewal struct {
	Schema int    `json:"schema"`
	Bucket string `json:"bucket"`
	// Prefix has no leading or trailing slash.
	Prefix string `json:"prefix"`
	// Until is when all locks but those of Held end at the earliest, if Left is 0.
	Until time.Time `json:"until"`
	// Time is when the locks were lengthened, by S3's clock.
	Time time.Time `json:"time"`
	// By is the identity that ran the renewal, as far as the program knew; it
	// may be empty.
	By string `json:"by,omitempty"`
	// Versions is the number of versions locked until then, Lengthened the
	// number whose lock this run lengthened.
	Versions   int64 `json:"versions"`
	Lengthened int64 `json:"lengthened"`
	// Left is the number of versions that the run couldn't lock until then. A
	// record with Left promises nothing.
	Left int64 `json:"left,omitempty"`
	// Held are the URIs of versions under an event hold, whose retention had no end
	// yet: [MaxHeld] at most. They were left as they are.
	Held []string `json:"held,omitempty"`
	// Jobs are the ids of the S3 Batch Operations jobs whose reports say so.
	Jobs []string `json:"jobs,omitempty"`
	// Unlocked are the first 100 keys whose lock had already ended, Missing
	// those whose version didn't exist.
	Unlocked []string `json:"unlocked,omitempty"`
	Missing  []string `json:"missing,omitempty"`
}

// MaxHeld is the maximum number of versions in [Renewal].Held.
const MaxHeld = 100

// NewRenewal returns the record of a renewal of the manifest with the given
// root digest.
func NewRenewal(r Renewal, root string) RenewalStatement {
	return RenewalStatement{
		Type:          StatementType,
		Subject:       []Subject{{Name: "manifest.json", Digest: Digest{SHA256: root}}},
		PredicateType: RenewalType,
		Predicate:     r,
	}
}

// Encode returns the bytes of the record.
func (s RenewalStatement) Encode() ([]byte, error) {
	text, err := plainjson.Compact(s)
	if err != nil {
		return nil, fmt.Errorf("encode the record: %w", err)
	}
	return append(text, '\n'), nil
}

// ParseRenewal reads a record.
func ParseRenewal(text []byte) (RenewalStatement, error) {
	var s RenewalStatement
	if err := json.Unmarshal(text, &s); err != nil {
		return RenewalStatement{}, fmt.Errorf("read the record of a renewal: %w", err)
	}
	switch {
	case s.Type != StatementType || s.PredicateType != RenewalType:
		return RenewalStatement{}, fmt.Errorf("read the record of a renewal: it is a %q about %q", s.Type, s.PredicateType)
	case s.Predicate.Schema != Schema:
		return RenewalStatement{}, fmt.Errorf("read the record of a renewal: its schema is %d, and this version reads %d",
			s.Predicate.Schema, Schema)
	case len(s.Predicate.Held) > MaxHeld:
		return RenewalStatement{}, fmt.Errorf("read the record of a renewal: it names %d versions under an event hold, "+
			"more than %d", len(s.Predicate.Held), MaxHeld)
	case len(s.Subject) != 1 || s.Predicate.Until.IsZero():
		return RenewalStatement{}, errors.New("read the record of a renewal: it names no manifest, or no date")
	}
	return s, nil
}
