package settings

import (
	"encoding/json"
	"regexp"
	"strings"
)

// decodeStatements reads the owner's statements. What is in them is checked with
// the other rules, so that programs get the same mistakes.
func decodeStatements(r *reader) []json.RawMessage {
	n := r.field("policyStatements")
	if n == nil {
		return nil
	}
	if n.kind != arrayKind {
		r.ms.wrongType(join(r.path, "policyStatements"), n, arrayKind, `write [{ … }, { … }]`)
		return nil
	}
	var statements []json.RawMessage
	for _, item := range n.items {
		statements = append(statements, item.raw)
	}
	return statements
}

// validateStatements checks the form of the owner's statements. Whether they
// contradict those of the guards is checked by package bucket, which has them.
func (b Bucket) validateStatements(path string, in place) Mistakes {
	if len(b.PolicyStatements) == 0 {
		return nil
	}
	var ms Mistakes
	if b.Name == "" {
		ms.add(path, "", `requires "name", because the statements contain the bucket's ARN`,
			`set "name" to the bucket's full name, or remove the key`)
	}
	first := map[string]int{}
	for i, raw := range b.PolicyStatements {
		at := element(path, i)
		n, err := parse(raw)
		if err != nil {
			ms.add(at, "", "must be a JSON object: "+err.Error(), "write a statement of a bucket policy")
			continue
		}
		r, ok := read(&ms, at, n)
		if !ok {
			continue
		}
		s := statement{r, b.Name, in}
		s.validate()
		sid := s.sid()
		if other, taken := first[sid]; taken && sid != "" {
			ms.add(join(at, "Sid"), quote(sid), "is also the Sid of "+element(path, other)+
				", and S3 accepts each only once", "rename one of the statements")
			continue
		}
		first[sid] = i
	}
	return ms
}

// A statement is one of the owner's, for a bucket of a name in a place.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type statement struct {
	*reader
	bucket string
	in     place
}

func (s statement) validate() {
	var effect string
	if n := s.field("Sid"); n != nil && n.kind != stringKind {
		s.ms.wrongType(join(s.path, "Sid"), n, stringKind, "put it in quotes")
	}
	s.str("Effect", &effect)
	switch {
	case s.node.fields["Effect"] == nil:
		s.ms.add(join(s.path, "Effect"), "", "missing", `write "Allow" or "Deny"`)
	case effect != "":
		s.report(validateChoice(join(s.path, "Effect"), effect, []string{"Allow", "Deny"}, `use "Allow" or "Deny"`))
	}
	s.validatePrincipal()
	s.oneOf("Action", "NotAction", s.actionRule, `write S3 actions, such as "s3:GetObject"`)
	s.oneOf("Resource", "NotResource", s.resourceRule, "write "+s.example())
	s.validateCondition()
	s.validateActions()
	s.validateFit()
	s.done()
}

// sid returns the statement's Sid, or "" if it has none.
func (s statement) sid() string {
	if n := s.node.fields["Sid"]; n != nil {
		return n.text
	}
	return ""
}

// principalTypes are the types of principals in a bucket policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
var principalTypes = []string{"AWS", "CanonicalUser", "Federated", "Service"}

func (s statement) validatePrincipal() {
	path := join(s.path, "Principal")
	fix := s.principalFix("AWS")
	if s.field("NotPrincipal") != nil {
		s.ms.add(join(s.path, "NotPrincipal"), "",
			"isn't supported, because AWS advises against it: it also matches the sessions of the roles that it names",
			`use "Principal": "*" with a condition on aws:PrincipalArn`)
	}
	n := s.field("Principal")
	switch {
	case n == nil && s.node.fields["NotPrincipal"] != nil:
	case n == nil:
		s.ms.add(path, "", "missing", fix)
	case n.kind == objectKind:
		types := s.object("Principal")
		for _, kind := range n.keys {
			s.report(validateChoice(join(path, kind), kind, principalTypes, "use one of these types"))
			types.values(join(path, kind), n.fields[kind], s.principalRule(kind), s.principalFix(kind))
		}
		if len(n.keys) == 0 {
			s.ms.add(path, "{}", "must not be empty", fix)
		}
	case n.kind != stringKind || n.text != "*":
		s.ms.add(path, n.show(), `must be "*" or an object of types, such as {"AWS": "…"}`, fix)
	}
}

// oneOf checks a pair of elements, of which a statement has exactly one.
func (s statement) oneOf(key, not string, rule func(string) string, fix string) {
	n, excluded := s.field(key), s.field(not)
	switch {
	case n == nil && excluded == nil:
		s.ms.add(join(s.path, key), "", "missing", fix)
	case n != nil && excluded != nil:
		s.ms.add(join(s.path, not), "", "can't be set with "+quote(key), "remove one")
	case n != nil:
		s.values(join(s.path, key), n, rule, fix)
	default:
		s.values(join(s.path, not), excluded, rule, fix)
	}
}

// values checks a string or a list of strings. rule returns the rule that one
// breaks, or "".
func (r *reader) values(path string, n *node, rule func(string) string, fix string) {
	if n.kind != arrayKind {
		r.value(path, n, rule, fix)
		return
	}
	if len(n.items) == 0 {
		r.ms.add(path, "[]", "must not be empty", fix)
	}
	for i, item := range n.items {
		r.value(element(path, i), item, rule, fix)
	}
}

func (r *reader) value(path string, n *node, rule func(string) string, fix string) {
	if n.kind != stringKind {
		r.ms.wrongType(path, n, stringKind, fix)
		return
	}
	broken := ""
	if rule != nil {
		broken = rule(n.text)
	}
	if n.text == "" {
		broken = "must not be empty"
	}
	if broken != "" {
		r.ms.add(path, quote(n.text), broken, fix)
	}
}

// actionRule knows the form of an action; validateActions knows more.
func (s statement) actionRule(action string) string {
	if action == "*" || len(action) > 3 && strings.EqualFold(action[:3], "s3:") {
		return ""
	}
	return `must be an action of S3, which starts with "s3:", or "*"`
}

// bucketARN is the ARN of a bucket or of objects, or a pattern.
var bucketARN = regexp.MustCompile(`^arn:([a-z*?-]+):s3:::([^/]+)(/.+)?$`)

// resourceRule knows the ARNs of the bucket and its objects. S3 refuses others.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
func (s statement) resourceRule(resource string) string {
	shape := bucketARN.FindStringSubmatch(resource)
	switch {
	case s.bucket == "":
		return "" // that there is no name is reported already
	case shape == nil || !matches(shape[2], s.bucket):
		return "must be the ARN of this bucket or of its objects"
	case s.in.partitionRule(shape[1]) != "":
		return s.in.partitionRule(shape[1])
	case s.in.compatible() && strings.ContainsAny(shape[1]+shape[2], "*?"):
		return "must contain the bucket's full name: S3-compatible servers can refuse patterns for it"
	}
	return ""
}

// matches reports whether a text matches a pattern, in which * stands for any
// characters and ? for one.
func matches(pattern, text string) bool {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, `\*`, `.*`), `\?`, `.`)
	return regexp.MustCompile(`^(?s:` + quoted + `)$`).MatchString(text)
}

func (s statement) example() string {
	return quote(s.arn()) + " or " + quote(s.arn()+"/*")
}

// arn returns the bucket's ARN.
func (s statement) arn() string {
	return "arn:" + s.in.partition() + ":s3:::" + s.bucket
}

// validateCondition checks the form of the conditions: operators, condition keys
// and values, of which AWS accepts numbers, true and false too.
func (s statement) validateCondition() {
	operators := s.object("Condition")
	if operators == nil {
		return
	}
	const fix = `write "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-0123456789"}}`
	for _, operator := range operators.node.keys {
		keys := operators.object(operator)
		if keys == nil {
			continue
		}
		s.report(validateOperator(keys.path, operator))
		for _, key := range keys.node.keys {
			value, path := keys.node.fields[key], join(keys.path, key)
			items := []*node{value}
			if value.kind == arrayKind {
				items = value.items
			}
			for _, item := range items {
				if item.kind != stringKind && item.kind != numberKind && item.kind != boolKind {
					s.ms.wrongType(path, item, stringKind, fix)
				}
			}
		}
	}
}
