package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalock/dataset"
	"datalock/dataset/signing"
)

// A Verified is a verification of a dataset, as datalock verify wrote it.
type Verified struct {
	// RootDigest is the root digest of the manifest.
	RootDigest string `json:"rootDigest"`
	// At is the time of the verification, Level what it showed.
	At    time.Time `json:"at"`
	Level string    `json:"level"`
	// SignatureChecked is set if the statement's signature was checked with a key.
	SignatureChecked bool `json:"signatureChecked"`
}

// ReadVerified reads an in-toto SVR statement from datalock verify or, with a
// key, a bundle with a statement that the key has signed.
func ReadVerified(text []byte, key *signing.Key) (Verified, error) {
	var v Verified
	if key != nil {
		opened, err := key.Open(text)
		if err != nil {
			return v, err
		}
		text, v.SignatureChecked = opened, true
	}
	var s struct {
		PredicateType string `json:"predicateType"`
		Subject       []struct {
			Digest struct {
				SHA256 string `json:"sha256"`
			} `json:"digest"`
		} `json:"subject"`
		Predicate struct {
			TimeCreated time.Time `json:"timeCreated"`
			Properties  []string  `json:"properties"`
		} `json:"predicate"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return v, fmt.Errorf("read a statement: %w", err)
	}
	for _, property := range s.Predicate.Properties {
		if level, ok := strings.CutPrefix(property, "DATALOCK_LEVEL_"); ok {
			v.Level = level
		}
	}
	if s.PredicateType == "" && key == nil {
		return v, errors.New("it isn't a statement; to read a signed bundle, name the key in --key")
	}
	if s.PredicateType != dataset.StatementType || len(s.Subject) != 1 || s.Subject[0].Digest.SHA256 == "" ||
		s.Predicate.TimeCreated.IsZero() || v.Level == "" {
		return v, fmt.Errorf("it is a %q, not the statement of a verification", s.PredicateType)
	}
	v.RootDigest, v.At = s.Subject[0].Digest.SHA256, s.Predicate.TimeCreated.UTC()
	return v, nil
}

// latest returns the newest verification of a dataset, or nil.
func latest(all []Verified, of dataset.Summary) *Verified {
	var newest *Verified
	for _, v := range all {
		if strings.EqualFold(v.RootDigest, of.RootDigest) && (newest == nil || v.At.After(newest.At)) {
			newest = &v
		}
	}
	return newest
}
