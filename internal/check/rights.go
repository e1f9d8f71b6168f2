package check

import (
	"maps"
	"slices"
	"strings"

	"datalock/internal/check/iampolicy"
	"datalock/internal/policy"
)

// findRightsLost finds policies that no longer surely let a service copy, record or
// report what it did.
func (s *Subject) findRightsLost(found report) {
	for _, r := range slices.Concat(s.ofType[roleType], s.ofType[rolePolicyType]) {
		if r.works.records && r.stays() && (r.before != nil || r.works.exists) {
			findRoleNarrowed(r, found)
		}
	}
	for _, r := range slices.Concat(s.ofType[policyType], s.ofType[bucketType]) {
		s.findDeliveryStopped(r, found)
	}
	for _, r := range slices.Concat(s.allKeys(), s.ofType[keyPolicyType]) {
		s.findCopyingDenied(r, found)
	}
}

// usingKeys are the actions with which a replication reads what is encrypted and
// encrypts its copy.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
var usingKeys = []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}

// findCopyingDenied finds a key policy with a new denial that may stop a
// replication. Which of the keys it needs isn't judged: old versions may need any.
func (s *Subject) findCopyingDenied(r *resource, found report) {
	before, after := text(r.before, "policy"), text(r.after, "policy")
	if r.kind == keyPolicyType && r.before == nil && r.key != nil {
		before = text(r.key.before, "policy")
	}
	if isKey(r.kind) && !r.declares["policy"] || before == after {
		return
	}
	old, err1 := iampolicy.Parse(before)
	renewed, err2 := iampolicy.Parse(after)
	if err1 != nil || err2 != nil {
		return // policy-loosened reports what can't be parsed
	}
	for _, copies := range s.ofType[replicationType] {
		role := text(copies.after, "role")
		if role == "" || len(copying(copies.after)) == 0 {
			continue
		}
		for _, action := range usingKeys {
			one := iampolicy.Statement{Effect: "Allow", Principal: policy.Principals{"AWS:" + role},
				Action: policy.Values{action}, Resource: policy.Values{"*"}}
			if by := mayReach(renewed, one).MayDeny(one, old); len(by) > 0 {
				found(r, "statement "+strings.Join(by, " and ")+" may deny "+allowedBy(one)+", which copies with it")
				break
			}
		}
	}
}

// findRoleNarrowed finds a role of a replication or an alarm that may do less, or
// that its service may no longer assume.
func findRoleNarrowed(r *resource, found report) {
	if r.kind == rolePolicyType {
		findNarrowed(r, "policy", found)
		return
	}
	findNarrowed(r, "assume_role_policy", found)
	if r.unknownIn("inline_policy") == "" {
		before, after := inlineOf(r.was("inline_policy")), inlineOf(r.after["inline_policy"])
		for _, name := range slices.Sorted(maps.Keys(after)) {
			reportStopped(r, before[name], after[name], found)
			delete(before, name)
		}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			reportStopped(r, before[name], "", found)
		}
	}
	was, is := text(r.before, "permissions_boundary"), text(r.after, "permissions_boundary")
	if was == "" && is != "" {
		found(r, "the role gets the permissions boundary "+is+", and no plan shows what that denies")
	}
}

func findNarrowed(r *resource, attribute string, found report) {
	if r.unknownIn(attribute) == "" {
		reportStopped(r, completed(text(r.before, attribute)), completed(text(r.after, attribute)), found)
	}
}

// reportStopped reports each statement with which a role may do less. The rule
// policy-loosened reports policies that can't be parsed.
func reportStopped(r *resource, before, after string, found report) {
	old, err1 := parseAny(before)
	renewed, err2 := parseAny(after)
	if before == after || err1 != nil || err2 != nil {
		return
	}
	old.Statements = toServices(old)
	for _, loss := range iampolicy.Stopped(old, renewed) {
		found(
			r,
			"statement "+loss.Statement+" "+loss.What+"; it can't be judged that as much is copied or reported as before",
		)
	}
}

// toServices returns the statements that allow services, or everybody, something, or
// roles to replicate, which may be of other accounts, and those that deny.
func toServices(d iampolicy.Document) []iampolicy.Statement {
	var all []iampolicy.Statement
	for _, s := range d.Statements {
		if replicas := replicating(s); len(replicas.Action) > 0 && len(replicas.Principal) > 0 {
			all = append(all, replicas)
		}
		if s.Effect == "Allow" && len(s.NotPrincipal) == 0 {
			s.Principal = slices.DeleteFunc(slices.Clone(s.Principal), func(id string) bool {
				return id != policy.Everybody && !strings.HasPrefix(id, "Service:")
			})
			if len(s.Principal) == 0 {
				continue // without principals it would be for everybody
			}
		}
		all = append(all, s)
	}
	return all
}

// replicating returns what a statement allows accounts and roles to write copies.
func replicating(s iampolicy.Statement) iampolicy.Statement {
	if s.Effect != "Allow" {
		return iampolicy.Statement{}
	}
	s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(action string) bool {
		return !strings.HasPrefix(strings.ToLower(action), "s3:replicate")
	})
	others := func(id string) bool { return !strings.HasPrefix(id, "AWS:") }
	s.Principal = slices.DeleteFunc(slices.Clone(s.Principal), others)
	return s
}

// findDeliveryStopped finds the policy of a bucket that no longer surely lets a
// service deliver to it, or a replication copy from it or to it.
func (s *Subject) findDeliveryStopped(r *resource, found report) {
	before, after := text(r.before, "policy"), text(r.after, "policy")
	switch {
	case r.moved || r.kind == bucketType && !r.declares["policy"]: // the second: it is what the provider read
		return
	case r.kind == policyType && r.before == nil && r.bucket != nil:
		before = text(r.bucket.before, "policy")
	}
	old, err1 := iampolicy.Parse(before)
	renewed, err2 := iampolicy.Parse(after)
	if before == after || err1 != nil || err2 != nil {
		return // policy-loosened reports what can't be parsed
	}
	served := iampolicy.Document{Version: old.Version, Statements: toServices(old)}.Only("Allow")
	for _, loss := range iampolicy.Stopped(served, renewed.Only("Allow")) {
		found(r, "statement "+loss.Statement+" "+loss.What+"; it can't be judged that as much is delivered as before")
	}
	for _, one := range slices.Concat(served.Statements, s.copiesOf(r.bucketOrSelf())) {
		if by := mayReach(renewed, one).MayDeny(one, old); len(by) > 0 {
			found(r, "statement "+strings.Join(by, " and ")+" may deny "+allowedBy(one)+", which copies or records with it")
		}
	}
}

// allowedBy describes what a statement allows, and to whom.
func allowedBy(one iampolicy.Statement) string {
	action, who := strings.Join(one.NotAction, " and "), strings.Join(one.NotPrincipal, " and ")
	if action = "all but " + action; len(one.Action) > 0 {
		action = one.Action[0]
	}
	if who = "everybody but " + who; len(one.Principal) > 0 {
		who = strings.Join(one.Principal, " and ")
	}
	return action + " to " + who
}

// The actions of a replication.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
var (
	readingSource = policy.Values{
		"s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging",
		"s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:GetReplicationConfiguration", "s3:ListBucket",
	}
	writingReplica = policy.Values{"s3:ReplicateObject", "s3:ReplicateTags"}
)

// copiesOf returns what the roles of the replications from a bucket and to it do
// there, as statements.
func (s *Subject) copiesOf(b *resource) []iampolicy.Statement {
	var all []iampolicy.Statement
	if b == nil {
		return nil
	}
	name := b.bucketName()
	for _, r := range s.ofType[replicationType] {
		role, to := text(r.after, "role"), ""
		for _, rule := range copying(r.after) {
			if _, destination, _ := strings.Cut(text(rule, "destination", "bucket"), ":s3:::"); destination == name {
				to = text(rule, "destination", "bucket")
			}
		}
		one := iampolicy.Statement{Effect: "Allow", Principal: policy.Principals{"AWS:" + role}}
		switch {
		case role == "" || name == "": // whose or which isn't known
		case to != "":
			one.Action, one.Resource = writingReplica, policy.Values{to + "/*"}
			all = append(all, one)
		case r.bucket == b && len(copying(r.after)) > 0:
			arn := "arn:" + partitionOf(role) + ":s3:::" + name
			one.Action, one.Resource = readingSource, policy.Values{arn, arn + "/*"}
			all = append(all, one)
		}
	}
	return all
}

// mayReach returns the document without the statements that don't apply to what a
// service or a replication does: by a condition on the transport, on a lock that
// the request names, on services, or on the role's ARN.
func mayReach(d iampolicy.Document, one iampolicy.Statement) iampolicy.Document {
	d.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s iampolicy.Statement) bool {
		for operator, keys := range s.Condition {
			for key, values := range keys {
				if neverOf(one, operator, strings.ToLower(key), values) {
					return true
				}
			}
		}
		return false
	})
	return d
}

// neverOf reports whether a condition never holds for what a statement allows. Of
// a statement for everybody, or with NotPrincipal, it isn't known who uses it.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func neverOf(one iampolicy.Statement, operator, key string, values policy.Values) bool {
	user := ""
	if len(one.Principal) > 0 {
		user = one.Principal[0]
	}
	service, isRole := strings.HasPrefix(user, "Service:"), strings.HasPrefix(user, "AWS:")
	negated := strings.Contains(operator, "Not")
	switch {
	case strings.HasPrefix(operator, "ForAllValues:"):
		return false // it also holds where the request doesn't have the key
	case key == "aws:securetransport":
		return operator == "Bool" && slices.Equal(values, policy.Values{"false"})
	case key == "s3:tlsversion":
		return operator == "NumericLessThan" && !slices.ContainsFunc(values, func(version string) bool {
			return version != "1.0" && version != "1.1" && version != "1.2"
		})
	case strings.HasPrefix(key, "s3:object-lock-"):
		return !negated && operator != "Null" && !strings.HasSuffix(operator, "IfExists")
	case key == "aws:principalisawsservice":
		return strings.HasPrefix(operator, "Bool") &&
			(service && slices.Equal(values, policy.Values{"false"}) || isRole && slices.Equal(values, policy.Values{"true"}))
	case key == "aws:principalarn" && negated && isRole:
		role := strings.TrimPrefix(user, "AWS:")
		return slices.ContainsFunc(values, func(pattern string) bool {
			return pattern == role || strings.Contains(operator, "Like") && policy.Matches(pattern, role) ||
				strings.HasPrefix(operator, "Arn") && policy.Matches(pattern, role)
		})
	}
	return false
}
