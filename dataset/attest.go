package dataset

import (
	"errors"
	"fmt"

	svr "github.com/in-toto/attestation/go/predicates/svr/v01"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// StatementType is the predicate type of [Verification.Statement], in-toto's for a Simple
// Verification Result.
// https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
const StatementType = "https://in-toto.io/attestation/svr/v0.1"

const svrVerifier = "pkg:golang/datalock/dataset"

// ErrFindings means that a verification has findings and so can't be attested.
var ErrFindings = errors.New("the dataset doesn't match its manifest")

// Statement returns an in-toto statement of a verification without findings: a
// Simple Verification Result about the manifest, whose properties name what was
// verified. With findings it returns [ErrFindings].
func (v Verification) Statement() ([]byte, error) {
	if !v.Clean() {
		return nil, fmt.Errorf("attest the verification of %s: %w", v.Location, ErrFindings)
	}
	if v.AtRest != nil && v.Checked < v.Files {
		return nil, fmt.Errorf("state that %s was verified: %w", v.Location, ErrStarted)
	}
	predicate := &svr.SimpleVerificationResult{
		Verifier:    &svr.SimpleVerificationResult_Verifier{Id: svrVerifier},
		TimeCreated: timestamppb.New(v.Ended), Properties: v.properties(),
	}
	text, err := protojson.Marshal(predicate)
	if err != nil {
		return nil, fmt.Errorf("encode the statement: %w", err)
	}
	fields := &structpb.Struct{}
	if err := protojson.Unmarshal(text, fields); err != nil {
		return nil, fmt.Errorf("encode the statement: %w", err)
	}
	statement := &intoto.Statement{
		Type: intoto.StatementTypeUri, PredicateType: StatementType, Predicate: fields,
		Subject: []*intoto.ResourceDescriptor{{
			Name: manifestName, Uri: v.url(v.meta(manifestName)), Digest: map[string]string{"sha256": v.RootDigest},
		}},
	}
	if err := statement.Validate(); err != nil {
		return nil, fmt.Errorf("encode the statement: %w", err)
	}
	if text, err = protojson.Marshal(statement); err != nil {
		return nil, fmt.Errorf("encode the statement: %w", err)
	}
	return text, nil
}

// properties name what was verified.
func (v Verification) properties() []string {
	properties := []string{"DATALOCK_LEVEL_" + string(v.Level)}
	if v.Level != Local {
		properties = append(properties, "DATALOCK_LOCKED", "DATALOCK_NOTHING_HIDDEN_OR_EXTRA")
	}
	if v.Server != "" {
		properties = append(properties, "DATALOCK_SERVER_"+v.Server)
	}
	if v.Sample != nil {
		properties = append(
			properties,
			fmt.Sprintf("DATALOCK_SAMPLE_%d_OF_%d_SEED_%d", v.Sample.Files, v.Sample.Of, v.Sample.Seed),
		)
	}
	if v.AtRest != nil {
		properties = append(properties, "DATALOCK_READ_BY_S3_FROM_"+v.AtRest.From.Format("2006-01-02T15:04:05Z"))
	}
	if v.RootChecked {
		properties = append(properties, "DATALOCK_ROOT_CHECKED")
	}
	if v.SignatureChecked {
		properties = append(properties, "DATALOCK_SIGNATURE_CHECKED")
	}
	if v.NextEnd != nil {
		properties = append(properties, "DATALOCK_LOCKED_UNTIL_"+v.NextEnd.At.Format("2006-01-02T15:04:05Z"))
	}
	return properties
}
