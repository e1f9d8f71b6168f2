package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"datalock/dataset"
	"datalock/internal/prove"

	attestation "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// verifierID identifies the meaning of these statements. Its version changes
// with that meaning.
const verifierID = "urn:datalock:trials:v2"

// StatementOf returns the in-toto statement of the report's outcome. Its
// subjects are report.json and the Terraform JSON of each stack. Its properties
// name the verdict and where the trials ran. Unless the verdict is held, no
// property suggests success.
func StatementOf(r *Report, reportJSON []byte) ([]byte, error) {
	subjects := []*attestation.ResourceDescriptor{descriptor("report.json", sum(reportJSON))}
	for _, s := range r.Subjects {
		if s.Declared != nil {
			subjects = append(subjects, descriptor("stacks/"+s.Stack+"/cdk.tf.json", s.Declared.SHA256))
		}
	}
	predicate, err := structpb.NewStruct(map[string]any{
		"verifier":    map[string]any{"id": verifierID},
		"timeCreated": r.Ended.UTC().Format(time.RFC3339),
		"properties":  r.properties(),
	})
	if err != nil {
		return nil, fmt.Errorf("create the report's statement: %w", err)
	}
	statement := &attestation.Statement{
		Type: attestation.StatementTypeUri, Subject: subjects, PredicateType: dataset.StatementType, Predicate: predicate,
	}
	if err := statement.Validate(); err != nil {
		return nil, fmt.Errorf("create the report's statement: %w", err)
	}
	text, err := protojson.Marshal(statement)
	if err != nil {
		return nil, fmt.Errorf("encode the report's statement: %w", err)
	}
	// protojson's whitespace differs from run to run.
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, fmt.Errorf("encode the report's statement: %w", err)
	}
	return append(out.Bytes(), '\n'), nil
}

func descriptor(name, sha256 string) *attestation.ResourceDescriptor {
	return &attestation.ResourceDescriptor{Name: name, Digest: map[string]string{"sha256": sha256}}
}

func sum(text []byte) string {
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// properties are the properties in the statement.
func (r *Report) properties() []any {
	verdict := map[prove.Status]string{
		prove.Held: "HELD", prove.Breached: "BREACHED", prove.Inconclusive: "INCONCLUSIVE",
	}[r.Verdict]
	list := []any{"DATALOCK_VERDICT_" + verdict}
	if r.Aborted != "" {
		list = append(list, "DATALOCK_RUN_ABORTED")
	}
	seen := map[string]bool{}
	for _, s := range r.Subjects {
		kind := "DATALOCK_SERVER_" + strings.ToUpper(strings.ReplaceAll(s.Server.Kind, " ", "_"))
		if !seen[kind] {
			list = append(list, kind)
		}
		seen[kind] = true
	}
	return list
}
