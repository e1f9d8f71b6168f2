package adopt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"datalock/internal/audit"
	"datalock/internal/check/iampolicy"
	"datalock/internal/policy"
	"datalock/settings"
)

// A document is a bucket policy with the text of each statement.
type document struct {
	Version    string
	ID         string `json:"Id"`
	statements []json.RawMessage
}

// parsePolicy reads a bucket policy. It returns an error if iampolicy can't judge
// it, such as one with duplicate keys.
func parsePolicy(text []byte) (document, error) {
	if _, err := iampolicy.Parse(string(text)); err != nil {
		return document{}, fmt.Errorf("the policy can't be judged: %w", err)
	}
	var read struct {
		document
		Statement json.RawMessage
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return document{}, fmt.Errorf("the policy can't be read: %w", err)
	}
	d := read.document
	if one := bytes.TrimSpace(read.Statement); len(one) > 0 && one[0] == '{' {
		d.statements = []json.RawMessage{one}
		return d, nil
	}
	return d, json.Unmarshal(read.Statement, &d.statements)
}

// own returns the text of the statements that aren't Datalock's.
func (d document) own(declared policy.Document) []json.RawMessage {
	ours := map[string]bool{}
	for _, s := range declared.Statement {
		ours[policy.Document{Statement: policy.Statements{s}}.String()] = true
	}
	var all []json.RawMessage
	for _, text := range d.statements {
		one, err := policy.Read(`{"Statement":[` + string(text) + `]}`)
		if err != nil || !ours[sorted(one).String()] {
			all = append(all, text)
		}
	}
	return all
}

// sorted sorts the lists of a document, whose order S3 doesn't keep.
func sorted(d policy.Document) policy.Document {
	for _, s := range d.Statement {
		for _, values := range [][]string{
			s.Principal, s.NotPrincipal, s.Action, s.NotAction, s.Resource, s.NotResource,
		} {
			slices.Sort(values)
		}
		for _, keys := range s.Condition {
			for _, values := range keys {
				slices.Sort(values)
			}
		}
	}
	return d
}

// declaredPolicy returns the policy that a stack with the wanted settings declares.
func declaredPolicy(wanted settings.Bucket, name string) policy.Document {
	d, err := policy.Read(audit.WantedPolicy(wanted, name))
	if err != nil {
		panic(err) // audit wrote it
	}
	return sorted(d)
}

func (c *comparison) policy() {
	declared := declaredPolicy(c.wanted, c.is.Bucket)
	to := counted(int64(len(declared.Statement)), "statement") + " of Datalock"
	if c.is.Policy == nil {
		c.put(policyType, policyPart, false, "", to, "")
		return
	}
	is, err := parsePolicy(c.is.Policy)
	if err != nil {
		return // reported as unknown when it was read
	}
	own := is.own(declared)
	var kept, lost []json.RawMessage
	for _, s := range own {
		if slices.ContainsFunc(c.wanted.PolicyStatements, func(k json.RawMessage) bool { return sameStatement(k, s) }) {
			kept = append(kept, s)
		} else {
			lost = append(lost, s)
		}
	}
	from := named(own)
	if ours := len(is.statements) - len(own); ours > 0 {
		from = strings.TrimSuffix(counted(int64(ours), "statement")+" of Datalock, "+from, ", ")
	}
	if len(kept) > 0 {
		to += ", then " + named(kept)
	}
	var warnings []string
	if len(lost) > 0 {
		warnings = append(warnings, "removed, because policyStatements lacks them: "+named(lost))
	}
	if is.ID != "" {
		warnings = append(warnings, fmt.Sprintf("the policy's Id, %q, is removed; it has no effect", is.ID))
	}
	if len(warnings) == 0 && len(is.statements)-len(own) == len(declared.Statement) {
		from = to
	}
	c.put(policyType, policyPart, true, from, to, strings.Join(warnings, "; "))
}

// named counts statements and names them by their Sid, or by effect and actions.
func named(statements []json.RawMessage) string {
	if len(statements) == 0 {
		return ""
	}
	var all []string
	for _, text := range statements {
		var s struct {
			Sid, Effect       string
			Action, NotAction any
		}
		_ = json.Unmarshal(text, &s) // it was read before
		if s.Sid == "" {
			s.Sid = strings.Join(strings.Fields(fmt.Sprint(s.Effect, " ", list(s.Action), list(s.NotAction))), " ")
		}
		all = append(all, s.Sid)
	}
	return counted(int64(len(all)), "statement") + " of the owner (" + strings.Join(all, "; ") + ")"
}

// list returns a string or a list of strings as text.
func list(v any) string {
	all, several := v.([]any)
	switch {
	case v == nil:
		return ""
	case !several:
		return fmt.Sprint(v)
	}
	var texts []string
	for _, one := range all {
		texts = append(texts, fmt.Sprint(one))
	}
	return strings.Join(texts, ", ")
}

// uniqueID matches the unique ID of a user or a role. S3 returns it instead of the
// ARN once the user or the role was deleted, and then refuses the policy if it is
// written again.
// https://repost.aws/knowledge-center/s3-invalid-principal-in-policy-error
var uniqueID = regexp.MustCompile(`^AWS:(A[A-Z]{3}[A-Z0-9]{12,})$`)

// deletedPrincipals returns why the statements can't be written again, or "".
func (d document) deletedPrincipals() string {
	var all []string
	for _, text := range d.statements {
		one, err := policy.Read(`{"Statement":[` + string(text) + `]}`)
		if err != nil {
			continue // the settings report it
		}
		for _, s := range one.Statement {
			for _, principal := range slices.Concat(s.Principal, s.NotPrincipal) {
				if id := uniqueID.FindStringSubmatch(principal); id != nil {
					all = append(all, fmt.Sprintf("%q in statement %s", id[1], text))
				}
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "the bucket policy names principals that were deleted, with which S3 refuses the whole policy; " +
		"remove them from the bucket policy first: " + strings.Join(all, "; ")
}

// oldVariables returns why the statements would change their meaning in a policy
// of the current version, or "". Older versions have no policy variables.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
func (d document) oldVariables() string {
	if d.Version == policy.Version {
		return ""
	}
	for _, s := range d.statements {
		if bytes.Contains(s, []byte("${")) {
			return fmt.Sprintf("the bucket policy is of version %q, in which \"${\" is plain text, and Datalock's is of %s, "+
				"in which it is a policy variable: change the policy to that version first; statement %s",
				d.Version, policy.Version, s)
		}
	}
	return ""
}

// sameStatement reports whether two statements are the same, however they are
// written: S3 returns a value that is true or false as text, for example.
func sameStatement(x, y json.RawMessage) bool {
	one, err := policy.Read(`{"Statement":[` + string(x) + `]}`)
	if err != nil {
		return false
	}
	other, err := policy.Read(`{"Statement":[` + string(y) + `]}`)
	return err == nil && sorted(one).String() == sorted(other).String()
}
