package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalock/internal/check/iampolicy"
)

// roleWorks says whether a role, or the role of a policy, is one with which a
// service copies versions of a locked bucket, works on them in batches, or
// reports what happens to them.
type roleWorks struct {
	is bool
	// records is set if a replication or an alarm uses the role.
	records bool
	// reads is set if a role is for other work, such as to read and write the data.
	reads bool
	// exists is set if the role of a policy exists before the apply.
	exists bool
	// seen is set if the role of a policy is in the plan.
	seen bool
}

// markWorking finds the roles with which services work, and their policies.
func (s *Subject) markWorking() {
	used := map[string]bool{} // the names of roles that a replication or an alarm uses
	for _, r := range s.ofType[replicationType] {
		if r.bucket == nil || !r.bucket.locked && !r.bucket.evidence {
			continue
		}
		for _, values := range r.everyValues() {
			used[nameOf(text(values, "role"))] = true
		}
	}
	for _, r := range s.ofType[alarmTargetType] {
		for _, values := range r.everyValues() {
			if r.reports || s.aboutLocked(r) {
				used[nameOf(text(values, "role_arn"))] = true
			}
		}
	}
	delete(used, "")
	policies := slices.Concat(s.ofType[rolePolicyType], s.ofType[attachmentType])
	roleOf, policiesOf := map[*resource]*resource{}, byRole(policies)
	for _, role := range s.ofType[roleType] {
		about := s.aboutLocked(role)
		for _, p := range policiesOf(role) {
			roleOf[p] = role
			about = about || s.aboutLocked(p)
		}
		role.works.records = slices.ContainsFunc(role.everyValues(), func(values object) bool {
			return used[text(values, "name")]
		})
		role.works.is = role.works.records || about && role.servesService()
		role.works.reads = !role.works.is && onlyReads(role, policiesOf(role))
	}
	for _, p := range policies {
		if role := roleOf[p]; role != nil {
			p.works = roleWorks{is: role.works.is, records: role.works.records, exists: role.before != nil, seen: true}
			continue
		}
		p.works.records = slices.ContainsFunc(p.everyValues(), func(values object) bool { return used[text(values, "role")] })
		p.works.is = p.works.records
		if p.unknownIn("role") != "" { // it may be of any
			p.works.is = s.someWorks(used)
		}
		p.works.exists = p.works.is
	}
}

// someWorks reports whether there is a role already with which a service works. used
// are the names of those that a replication or an alarm uses.
func (s *Subject) someWorks(used map[string]bool) bool {
	made := map[string]bool{}
	for _, role := range s.ofType[roleType] {
		if role.works.is && role.before != nil {
			return true
		}
		made[text(role.after, "name")] = true
	}
	for name := range used {
		if !made[name] {
			return true
		}
	}
	return false
}

// byRole returns a function that returns the policies of a role. It finds them by
// the role's name, because a plan may have hundreds of both.
func byRole(policies []*resource) func(role *resource) []*resource {
	named, unnamed := map[string][]*resource{}, []*resource{}
	for _, p := range policies {
		for _, values := range p.everyValues() {
			if name := text(values, "role"); name != "" && !slices.Contains(named[name], p) {
				named[name] = append(named[name], p)
			}
		}
		if text(p.after, "role") == "" {
			unnamed = append(unnamed, p)
		}
	}
	return func(role *resource) []*resource {
		var all []*resource
		for _, values := range role.everyValues() {
			if name := text(values, "name"); name != "" {
				all = append(all, named[name]...)
			}
		}
		for _, p := range unnamed {
			if p.refersToRole(role) {
				all = append(all, p)
			}
		}
		return all
	}
}

// services assume the roles that copy, renew and report.
var services = []string{
	"Service:s3.amazonaws.com", "Service:batchoperations.s3.amazonaws.com", "Service:events.amazonaws.com",
}

// nameOf returns the name in the ARN of a role.
func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// everyValues returns what a resource was, in the state and as Terraform found
// it, and what it will be.
func (r *resource) everyValues() []object { return []object{r.before, r.found, r.after} }

// refersToRole reports whether a policy refers to a role.
func (r *resource) refersToRole(role *resource) bool {
	return slices.ContainsFunc(r.namesIn("role"), func(name string) bool {
		kind, label, key, bare := splitReference(name)
		address := strings.TrimSuffix(role.address, instanceKey(role.address))
		return instancePath(r.address)+kind+"."+label == address && (bare || key == instanceKey(role.address))
	})
}

// servesService reports whether S3, S3 Batch Operations or EventBridge may
// assume a role. One whose trust can't be read may be assumed by them.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
func (r *resource) servesService() bool {
	return slices.ContainsFunc(r.everyValues(), func(values object) bool {
		trust := text(values, "assume_role_policy")
		if trust == "" {
			return false
		}
		document, err := iampolicy.Parse(completed(trust))
		return err != nil || slices.ContainsFunc(document.Statements, func(s iampolicy.Statement) bool {
			return slices.ContainsFunc(s.Principal, func(id string) bool { return slices.Contains(services, id) })
		})
	})
}

// harmlessToRemove reports whether a resource weakens nothing when it goes: a
// replication, which the rule records-stopped judges, or a role's policy that
// only allows and isn't of a role with which a service works, or a role that only reads
// and writes.
func (s *Subject) harmlessToRemove(r *resource) bool {
	switch {
	case r.kind == roleType && !r.stays():
		return r.works.reads && !s.named(r)
	case r.kind != rolePolicyType || r.stays():
		return guards[r.kind].harmlessToRemove
	}
	return !r.works.is && !slices.ContainsFunc([]object{r.before, r.found}, func(values object) bool {
		if values == nil {
			return false
		}
		document, err := iampolicy.Parse(completed(text(values, "policy")))
		return err != nil || slices.ContainsFunc(document.Statements, func(statement iampolicy.Statement) bool {
			return statement.Effect != "Allow" || !r.works.seen && slices.ContainsFunc(statement.Action, forWork)
		})
	})
}

// onlyReads reports whether the policies of a role are known to only allow, and nothing
// that a role which copies, locks or reports needs. No plan shows what a managed policy
// allows.
func onlyReads(role *resource, policies []*resource) bool {
	var all []string
	for _, values := range []object{role.before, role.found} {
		all = slices.AppendSeq(all, maps.Values(inlineOf(values["inline_policy"])))
		if len(texts(values["managed_policy_arns"])) > 0 {
			return false
		}
	}
	for _, p := range policies {
		if p.kind == attachmentType {
			return false
		}
		for _, values := range []object{p.before, p.found} {
			if values != nil {
				all = append(all, completed(text(values, "policy")))
			}
		}
	}
	return len(all) > 0 && !slices.ContainsFunc(all, func(policy string) bool {
		document, err := iampolicy.Parse(policy)
		return err != nil || slices.ContainsFunc(document.Statements, func(s iampolicy.Statement) bool {
			return s.Effect != "Allow" || len(s.Action) == 0 || slices.ContainsFunc(s.Action, forWork)
		})
	})
}

// named reports whether a policy of a bucket or a key names a role, as it does a
// guardian.
func (s *Subject) named(role *resource) bool {
	return slices.ContainsFunc(s.resources, func(r *resource) bool {
		return (r.kind == policyType || r.kind == bucketType || r.kind == keyPolicyType || isKey(r.kind)) &&
			slices.ContainsFunc(r.everyValues(), func(values object) bool {
				arn := text(role.before, "arn")
				return arn == "" || strings.Contains(text(values, "policy"), `"`+arn+`"`)
			})
	})
}

// forWork reports whether a role that copies, locks or reports needs an action,
// and one that reads and writes data doesn't.
func forWork(action string) bool {
	return slices.ContainsFunc([]string{"s3:putobjectretention", "s3:putobjectlegalhold", "s3:replicate", "sns:publish"},
		func(needed string) bool { return strings.HasPrefix(strings.ToLower(action), needed) })
}

// findRoleWidened finds policies of a role that allow more or deny less.
func findRoleWidened(r *resource, found report) {
	switch {
	case r.kind == roleType && r.before != nil && r.stays():
		compareAttribute(r, "assume_role_policy", found)
		if r.unknownIn("inline_policy") == "" {
			compareInline(r, found)
		}
		findManaged(r, found)
	case r.kind == rolePolicyType && r.before != nil && r.stays():
		compareAttribute(r, "policy", found)
		findMoved(r, "role", found)
	case r.kind == attachmentType && r.before != nil && r.stays():
		findMoved(r, "role", found)
		findMoved(r, "policy_arn", found)
	case r.creates() && r.works.is && r.works.exists && r.kind == attachmentType:
		found(r, "a role that exists gets the managed policy "+text(r.after, "policy_arn")+
			", and no plan shows what it allows")
	case r.creates() && r.works.is && r.works.exists && r.unknownIn("policy") == "":
		compareParsed(parseAny, r, "", completed(text(r.after, "policy")), found)
	}
}

// findMoved finds a policy of a role that becomes another role's, or another policy.
func findMoved(r *resource, argument string, found report) {
	was, is := text(r.before, argument), text(r.after, argument)
	if was != is && !r.destroys() && r.unknownIn(argument) == "" {
		found(r, fmt.Sprintf("%s of %s goes from %q to %q, and no plan shows what that allows", argument,
			guards[r.kind].what, was, is))
	}
}

// compareAttribute compares the policy or the trust policy of a role. The first
// has no principals and the second no resources.
func compareAttribute(r *resource, attribute string, found report) {
	before, after := text(r.before, attribute), text(r.after, attribute)
	if r.unknownIn(attribute) == "" && before != after {
		comparePolicies(r, completed(before), completed(after), found)
	}
}

// compareInline compares the policies in a role's own argument, by their names.
func compareInline(r *resource, found report) {
	before, after := inlineOf(r.was("inline_policy")), inlineOf(r.after["inline_policy"])
	names := slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if before[name] != after[name] {
			compareParsed(parseAny, r, before[name], after[name], found)
		}
	}
}

// inlineOf returns the policies in a role's own argument by their names.
func inlineOf(list any) map[string]string {
	all := map[string]string{}
	for _, block := range blocks(list) {
		if policy := text(block, "policy"); policy != "" {
			all[text(block, "name")] = completed(policy)
		}
	}
	return all
}

// findManaged finds managed policies that a role gets or loses, and a boundary
// that it loses. No plan shows what they allow and deny.
func findManaged(r *resource, found report) {
	before, after := texts(r.was("managed_policy_arns")), texts(r.after["managed_policy_arns"])
	known := r.unknownIn("managed_policy_arns") == ""
	for _, arn := range after {
		if known && !slices.Contains(before, arn) {
			found(r, "the role gets the managed policy "+arn+", and no plan shows what it allows")
		}
	}
	for _, arn := range before {
		if known && !slices.Contains(after, arn) {
			found(r, "the role loses the managed policy "+arn+", and no plan shows what it denies")
		}
	}
	was, is := text(r.before, "permissions_boundary"), text(r.after, "permissions_boundary")
	if was != "" && was != is && r.unknownIn("permissions_boundary") == "" {
		found(r, "the permissions boundary of the role goes from "+was+" to "+cmp.Or(is, "none"))
	}
}
