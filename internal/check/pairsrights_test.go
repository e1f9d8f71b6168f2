package check_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

const (
	theEvidencePolicyAt    = "aws_s3_bucket_policy.evidence_policy"
	theTrailPolicyAt       = "aws_s3_bucket_policy.trail_policy"
	theReplicaPolicyAt     = "aws_s3_bucket_policy.replica_policy"
	theReplicationPolicyAt = "aws_iam_role_policy.replication_role_policy"
	theReplicationRoleAt   = "aws_iam_role.replication_role"
	theAlarmsPolicyAt      = "aws_iam_role_policy.alarms_role_policy"
	theReplicationARN      = "arn:aws:iam::012345678901:role/acme-whole-replication"
)

// statements has the plan change the statements of a policy.
func statements(address, attribute string, change func([]any) []any) func(planJSON) {
	return func(p planJSON) {
		c := stackJSON(p.changeOf(address))
		var document map[string]any
		if err := json.Unmarshal([]byte(c.get("before."+attribute).(string)), &document); err != nil {
			panic(err)
		}
		document["Statement"] = change(document["Statement"].([]any))
		text, err := json.Marshal(document)
		if err != nil {
			panic(err)
		}
		c.set("after."+attribute, string(text))
	}
}

// lose has a policy lose the statements whose Sid begins with a text.
func lose(address, sid string) func(planJSON) {
	return statements(address, "policy", func(all []any) []any {
		var kept []any
		for _, s := range all {
			if !strings.HasPrefix(s.(map[string]any)["Sid"].(string), sid) {
				kept = append(kept, s)
			}
		}
		return kept
	})
}

// gain has a policy get a statement.
func gain(address, statement string) func(planJSON) {
	return statements(address, "policy", func(all []any) []any {
		var one map[string]any
		if err := json.Unmarshal([]byte(statement), &one); err != nil {
			panic(err)
		}
		return append(all, one)
	})
}

// having gives a policy a statement before the plan.
func having(address, statement string) func(planJSON) {
	return func(p planJSON) {
		gain(address, statement)(p)
		c := stackJSON(p.changeOf(address))
		c.set("before.policy", c.get("after.policy"))
	}
}

// others is a statement of the evidence bucket that allows services something,
// among others, and has no actions or no principals.
func others(rest string) string {
	return `{"Sid":"Others","Effect":"Allow","Resource":"arn:aws:s3:::acme-whole-evidence/*",` + rest + `}`
}

const (
	allButDeletions = `"Principal":"*","NotAction":"s3:DeleteObject*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`
	allButDeployer  = `"NotPrincipal":{"AWS":"` + guardianARN + `"},"Action":"s3:RestoreObject"`
	ofAnotherOrg    = `,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`
	ofServices      = `,"Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}`
)

// denying is a denial to everybody, of actions on the objects of a bucket.
func denying(actions, bucket, condition string) string {
	return `{"Sid":"More","Effect":"Deny","Principal":"*","Action":` + actions + `,"Resource":"arn:aws:s3:::` + bucket +
		`/*"` + condition + `}`
}

// conditioned gives a statement of a role's trust a condition on the account.
func conditioned(address, account string) func(planJSON) {
	return statements(address, "assume_role_policy", func(all []any) []any {
		all[0].(map[string]any)["Condition"] = map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": account}}
		return all
	})
}

// split has one statement for each action.
func split(all []any) []any {
	var each []any
	for i, s := range all {
		s := s.(map[string]any)
		actions, several := s["Action"].([]any)
		if !several {
			actions = []any{s["Action"]}
		}
		for j, action := range actions {
			one := map[string]any(clone(s))
			one["Sid"], one["Action"] = fmt.Sprintf("S%d%d", i, j), action
			each = append(each, one)
		}
	}
	return each
}

// byARN is a condition on the ARN of the principal.
func byARN(operator, arn string) string {
	return `,"Condition":{"` + operator + `":{"aws:PrincipalArn":"` + arn + `"}}`
}

// firstOwnPolicy has the plan make the evidence bucket's policy, which was set by
// hand before.
func firstOwnPolicy(p planJSON) {
	change := p.changeOf(theEvidencePolicyAt)
	stackJSON(p.changeOf(theEvidenceAt)).set("before.policy", change["before"].(map[string]any)["policy"])
	change["actions"], change["before"] = []any{"create"}, nil
}

// trusts is a role's trust in some principals.
func trusts(principals string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"Trust","Effect":"Allow","Action":"sts:AssumeRole","Principal":{` +
		principals + `}}]}`
}

// trustsTwo is the same in two statements.
func trustsTwo(first, second string) string {
	both := strings.TrimSuffix(trusts(first), "]}") + "," + strings.SplitN(trusts(second), "[", 2)[1]
	at := strings.LastIndex(both, "Trust")
	return both[:at] + "Trust2" + both[at+len("Trust"):]
}

const (
	byS3       = `"Service":"s3.amazonaws.com"`
	byGuardian = `"AWS":"` + guardianARN + `"`
)

// restoring allows a principal of the evidence bucket's policy to restore.
func restoring(principal string) string {
	return others(`"Action":"s3:RestoreObject","Principal":{` + principal + `}`)
}

// denyingAllBut denies everybody but two to restore.
const denyingAllBut = `{"Sid":"More","Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::012345678901:root","` +
	guardianARN + `"]},"Action":"s3:RestoreObject","Resource":"arn:aws:s3:::acme-whole-evidence/*"}`

// firstTrailPolicy has the plan make the policy of the trail's bucket, which has none.
func firstTrailPolicy(p planJSON) {
	created(theTrailPolicyAt)(p)
	stackJSON(p.changeOf("aws_s3_bucket.trail_bucket")).set("before.policy", "")
}

// openTrail lets everybody read the trail, for an account that it names.
const openTrail = `{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"s3:GetObject",` +
	`"Resource":"arn:aws:s3:::acme-whole-trail/*","Condition":{"StringEquals":{"aws:SourceAccount":"012345678901"}}}`

// inChina has the replication's role be of another partition.
var inChina = both(
	theReplicationAt,
	"role",
	"arn:aws-cn:iam::012345678901:role/r",
	"arn:aws-cn:iam::012345678901:role/r",
)

// denyInChina has the bucket deny everybody to read the tags of versions there.
var denyInChina = gain(thePolicyAt, strings.Replace(denying(`"s3:GetObjectVersionTagging"`, "acme-whole", ""),
	"arn:aws:", "arn:aws-cn:", 1))

const notAnymore = "nothing else surely allows"

// rightsPairs are about what lets services copy, record and report.
var rightsPairs = []pair{
	{name: "a replication's role that may do less", plan: "topology",
		stops:  lose(theReplicationPolicyAt, "Write"),
		found:  []string{"records-stopped " + theReplicationPolicyAt + ": statement WriteReplica is gone, and " + notAnymore},
		passes: statements(theReplicationPolicyAt, "policy", split)},
	{name: "an alarms' role that may do less", plan: "topology",
		stops: lose(theAlarmsPolicyAt, "Publish"),
		found: []string{"records-stopped " + theAlarmsPolicyAt + ": statement PublishAlarms is gone, and " + notAnymore},
		// a job that fails is seen
		passes: lose("aws_iam_role_policy.batch_role_policy", "LockVersions")},
	{name: "the alarms' role that may do nothing", plan: "topology",
		stops: both(theAlarmsPolicyAt, "policy", allowing(`"sns:Publish"`),
			`{"Version":"2012-10-17","Statement":[{"Sid":"X","Effect":"Deny","Action":"*","Resource":"*"}]}`),
		found: []string{
			"records-stopped " + theAlarmsPolicyAt + ": statement Work is gone, and " + notAnymore,
			"records-stopped " + theAlarmsPolicyAt + ": statement X is new, and denies",
		},
		passes: both(theAlarmsPolicyAt, "policy", allowing(`"sns:Publish"`), allowing(`["sns:publish"]`))},
	{name: "a replication's role with a new denial beside", plan: "topology",
		stops:  rolePolicy("acme-whole-replication", strings.Replace(allowing(`"s3:*"`), "Allow", "Deny", 1)),
		found:  []string{"records-stopped aws_iam_role_policy.more: statement Work is new, and denies s3:*"},
		passes: rolePolicy("acme-whole-batch", strings.Replace(allowing(`"s3:*"`), "Allow", "Deny", 1))},
	{name: "a replication's role with less in its own argument", plan: "topology",
		stops: all(written(theReplicationRoleAt, "inline_policy", []any{}), both(theReplicationRoleAt, "inline_policy",
			inlined("r", allowing(`["s3:ReplicateObject","s3:ReplicateTags"]`)), inlined("r", allowing(`"s3:ReplicateTags"`)))),
		found: []string{"records-stopped " + theReplicationRoleAt + ": statement Work no longer allows s3:replicateobject"},
		passes: all(written(theBatchRoleAt, "inline_policy", []any{}), both(theBatchRoleAt, "inline_policy",
			inlined("r", allowing(`["s3:ReplicateObject","s3:ReplicateTags"]`)), inlined("r", allowing(`"s3:ReplicateTags"`))))},
	{name: "a replication's role with a boundary", plan: "topology",
		stops:  both(theReplicationRoleAt, "permissions_boundary", nil, "arn:aws:iam::aws:policy/AWSDenyAll"),
		found:  []string{"records-stopped " + theReplicationRoleAt + ": the role gets the permissions boundary"},
		passes: both(theBatchRoleAt, "permissions_boundary", nil, "arn:aws:iam::aws:policy/AWSDenyAll")},
	{name: "a replication's role that S3 may assume for another account", plan: "topology",
		stops: conditioned(theReplicationRoleAt, otherAccount),
		found: []string{"records-stopped " + theReplicationRoleAt + ": statement AllowService can't be shown to allow " +
			"sts:assumerole"},
		passes: conditioned(theBatchRoleAt, otherAccount)},
	{name: "deliveries that the evidence bucket no longer allows", plan: "topology",
		stops: lose(theEvidencePolicyAt, "Allow"),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement AllowAccessLogs is gone",
			"records-stopped " + theEvidencePolicyAt + ": statement AllowInventory is gone",
		},
		passes: gain(theEvidencePolicyAt, denying(`"s3:PutObject"`, "acme-whole-evidence",
			`,"Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}`))},
	{name: "deliveries that the evidence bucket denies", plan: "topology",
		stops: gain(theEvidencePolicyAt, denying(`"s3:Put*"`, "acme-whole-evidence",
			`,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`)),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny s3:PutObject to Service:logging",
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny s3:PutObject to Service:s3",
		},
		passes: gain(theEvidencePolicyAt, denying(`"s3:GetObject"`, "acme-whole-evidence",
			`,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`))},
	{name: "a denial where all but some actions are allowed", plan: "topology",
		stops: all(having(theEvidencePolicyAt, others(allButDeletions)),
			gain(theEvidencePolicyAt, denying(`"s3:RestoreObject"`, "acme-whole-evidence", ofAnotherOrg))),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny all but s3:DeleteObject* to *",
		},
		passes: all(having(theEvidencePolicyAt, others(allButDeletions)),
			gain(theEvidencePolicyAt, denying(`"s3:DeleteObjectTagging"`, "acme-whole-evidence", ofAnotherOrg)))},
	{name: "a denial where all but a role are allowed", plan: "topology",
		stops: all(having(theEvidencePolicyAt, others(allButDeployer)),
			gain(theEvidencePolicyAt, denying(`"s3:RestoreObject"`, "acme-whole-evidence", ofServices))),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny s3:RestoreObject to everybody but AWS:",
		},
		passes: all(having(theEvidencePolicyAt, others(allButDeployer)),
			gain(theEvidencePolicyAt, denying(`"s3:GetObject"`, "acme-whole-evidence", ofServices)))},
	{name: "a trail that its bucket no longer lets write", plan: "topology",
		stops: lose(theTrailPolicyAt, "AllowTrail"),
		found: []string{
			"records-stopped " + theTrailPolicyAt + ": statement AllowTrailCheck is gone",
			"records-stopped " + theTrailPolicyAt + ": statement AllowTrailLogs is gone",
		},
		// CloudTrail names no retention
		passes: gain(theTrailPolicyAt, denying(`"s3:PutObject"`, "acme-whole-trail",
			`,"Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"119"}}`))},
	{name: "a replica that denies copies", plan: "topology",
		stops: gain(theReplicaPolicyAt, denying(`"s3:ReplicateObject"`, "acme-whole-replica", "")),
		found: []string{"records-stopped " + theReplicaPolicyAt + ": statement More may deny s3:ReplicateObject to AWS:" +
			theReplicationARN},
		passes: gain(theReplicaPolicyAt, denying(`"s3:PutObject"`, "acme-whole-replica", ""))},
	{name: "a bucket that denies its replication to read", plan: "topology",
		stops: gain(thePolicyAt, denying(`"s3:GetObject*"`, "acme-whole",
			`,"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::012345678901:role/trainer"}}`)),
		found: []string{"records-stopped " + thePolicyAt + ": statement More may deny s3:GetObjectVersionForReplication"},
		passes: gain(thePolicyAt, denying(`"s3:GetObject*"`, "acme-whole",
			`,"Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::012345678901:role/trainer",`+
				`"arn:aws:iam::012345678901:role/acme-whole-*"]}}`))},
	{name: "a replication's role that loses its own argument", plan: "topology",
		stops: all(written(theReplicationRoleAt, "inline_policy", []any{}), both(theReplicationRoleAt, "inline_policy",
			inlined("r", allowing(`"s3:ReplicateObject"`)), []any{})),
		found: []string{"records-stopped " + theReplicationRoleAt + ": statement Work is gone, and " + notAnymore},
		passes: all(written(theBatchRoleAt, "inline_policy", []any{}), both(theBatchRoleAt, "inline_policy",
			inlined("r", allowing(`"s3:ReplicateObject"`)), []any{}))},
	{name: "a replication's role that S3 may no longer assume", plan: "topology",
		stops:  both(theReplicationRoleAt, "assume_role_policy", trusts(byS3+","+byGuardian), trusts(byGuardian)),
		found:  []string{"records-stopped " + theReplicationRoleAt + ": statement Trust no longer allows sts:assumerole"},
		passes: both(theReplicationRoleAt, "assume_role_policy", trusts(byS3+","+byGuardian), trusts(byS3))},
	{name: "a replication's policy that can't be read any more", plan: "topology",
		stops:  both(theReplicationPolicyAt, "policy", allowing(`"s3:ReplicateObject"`), "{"),
		found:  []string{"policy-loosened " + theReplicationPolicyAt + ": the policy changes"},
		passes: both(theReplicationPolicyAt, "policy", "{", "{")},
	{name: "a replication's policy that couldn't be read", plan: "topology",
		stops: both(theReplicationPolicyAt, "policy", "{", strings.Replace(allowing(`"s3:*"`), "Allow", "Deny", 1)),
		found: []string{"policy-loosened " + theReplicationPolicyAt + ": the policy changes"},
		passes: both(theReplicationPolicyAt, "policy", strings.Replace(allowing(`"s3:*"`), "Allow", "Deny", 1),
			strings.Replace(allowing(`"s3:*"`), "Allow", "Deny", 1))},
	{name: "a denial of what a service is allowed", plan: "topology",
		stops: all(having(theEvidencePolicyAt, restoring(byS3)),
			gain(theEvidencePolicyAt, denying(`"s3:RestoreObject"`, "acme-whole-evidence", ""))),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny s3:RestoreObject to Service:s3",
		},
		passes: all(having(theEvidencePolicyAt, restoring(byGuardian)),
			gain(theEvidencePolicyAt, denying(`"s3:RestoreObject"`, "acme-whole-evidence", "")))},
	{name: "a denial to all but some of what a service is allowed", plan: "topology",
		stops: all(having(theEvidencePolicyAt, restoring(byS3)), gain(theEvidencePolicyAt, denyingAllBut)),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny s3:RestoreObject to Service:s3",
		},
		passes: all(having(theEvidencePolicyAt, restoring(byGuardian)), gain(theEvidencePolicyAt, denyingAllBut))},
	{name: "the first policy of a trail's bucket", plan: "topology",
		stops:  all(gain(theTrailPolicyAt, openTrail), firstTrailPolicy),
		found:  []string{"policy-loosened " + theTrailPolicyAt + ": statement Open is new, and allows"},
		passes: firstTrailPolicy},
	{name: "a replication in another partition", plan: "topology",
		stops:  all(inChina, denyInChina),
		found:  []string{"records-stopped " + thePolicyAt + ": statement More may deny s3:GetObjectVersionForReplication"},
		passes: denyInChina},
	{name: "deliveries that a new policy no longer allows", plan: "topology",
		stops: all(lose(theEvidencePolicyAt, "Allow"), firstOwnPolicy),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement AllowAccessLogs is gone",
			"records-stopped " + theEvidencePolicyAt + ": statement AllowInventory is gone",
		},
		passes: firstOwnPolicy},
	{name: "a policy of deliveries that can't be read any more", plan: "topology",
		stops:  func(p planJSON) { stackJSON(p.changeOf(theEvidencePolicyAt)).set("after.policy", "{") },
		found:  []string{"policy-loosened " + theEvidencePolicyAt + ": the policy changes"},
		passes: func(p planJSON) { stackJSON(p.changeOf(theEvidencePolicyAt)).set("after.id", "{") }},
	{name: "a policy of copies that couldn't be read", plan: "topology",
		stops: all(gain(theReplicaPolicyAt, denying(`"s3:ReplicateObject"`, "acme-whole-replica", "")),
			func(p planJSON) { stackJSON(p.changeOf(theReplicaPolicyAt)).set("before.policy", "{") }),
		found:  []string{"policy-loosened " + theReplicaPolicyAt + ": the policy changes"},
		passes: gain(theReplicaPolicyAt, denying(`"s3:PutObject"`, "acme-whole-replica", ""))},
	{name: "a denial of reading where nothing is copied from", plan: "topology",
		stops: gain(thePolicyAt, denying(`"s3:GetObjectVersionForReplication"`, "acme-whole", "")),
		found: []string{"records-stopped " + thePolicyAt + ": statement More may deny s3:GetObjectVersionForReplication"},
		passes: gain(theEvidencePolicyAt,
			denying(`"s3:GetObjectVersionForReplication"`, "acme-whole-evidence", ""))},
	{name: "a denial of reading for a replication that is off", plan: "topology",
		stops: gain(thePolicyAt, denying(`"s3:GetObjectVersionForReplication"`, "acme-whole", "")),
		found: []string{"records-stopped " + thePolicyAt + ": statement More may deny s3:GetObjectVersionForReplication"},
		passes: all(ruleWas("status", "Disabled"), changedRule("status", "Disabled"),
			gain(thePolicyAt, denying(`"s3:GetObjectVersionForReplication"`, "acme-whole", "")))},
	{name: "a denial to the role of a replication by its name", plan: "topology",
		stops: gain(thePolicyAt, denying(`"s3:GetObject*"`, "acme-whole", byARN("StringEquals", theReplicationARN))),
		found: []string{"records-stopped " + thePolicyAt + ": statement More may deny s3:GetObjectVersionForReplication"},
		passes: gain(thePolicyAt,
			denying(`"s3:GetObject*"`, "acme-whole", byARN("StringNotEquals", theReplicationARN)))},
	{name: "a denial to all but a name with a star", plan: "topology",
		stops: gain(thePolicyAt,
			denying(`"s3:GetObject*"`, "acme-whole", byARN("StringNotEquals", "arn:aws:iam::012345678901:role/acme-*"))),
		found: []string{
			"locked-out " + thePolicyAt + ": nobody can read what it protects",
			"records-stopped " + thePolicyAt + ": statement More may deny s3:GetObjectVersionForReplication",
		},
		passes: gain(thePolicyAt,
			denying(`"s3:GetObject*"`, "acme-whole", byARN("StringNotLike", "arn:aws:iam::012345678901:role/acme-*")))},
	{name: "a denial to all but another role", plan: "topology",
		stops: gain(thePolicyAt, denying(`"s3:GetObject*"`, "acme-whole", byARN("ArnNotEquals", guardianARN))),
		found: []string{"records-stopped " + thePolicyAt + ": statement More may deny s3:GetObjectVersionForReplication"},
		passes: gain(thePolicyAt, denying(`"s3:GetObject*"`, "acme-whole",
			byARN("ArnNotEquals", "arn:aws:iam::012345678901:role/acme-*")))},
	{name: "a denial of copies to what isn't a service", plan: "topology",
		stops: gain(theReplicaPolicyAt, denying(`"s3:ReplicateObject"`, "acme-whole-replica",
			`,"Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}`)),
		found:  []string{"records-stopped " + theReplicaPolicyAt + ": statement More may deny s3:ReplicateObject to AWS:"},
		passes: gain(theReplicaPolicyAt, denying(`"s3:ReplicateObject"`, "acme-whole-replica", ofServices))},
	{name: "a denial of deliveries to services", plan: "topology",
		stops: gain(theEvidencePolicyAt, denying(`"s3:PutObject"`, "acme-whole-evidence", ofServices)),
		found: []string{
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny s3:PutObject to Service:logging",
			"records-stopped " + theEvidencePolicyAt + ": statement More may deny s3:PutObject to Service:s3",
		},
		passes: gain(theEvidencePolicyAt, denying(`"s3:PutObject"`, "acme-whole-evidence",
			`,"Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}`))},
	{name: "a replication's role that only a role may no longer assume", plan: "topology",
		stops:  both(theReplicationRoleAt, "assume_role_policy", trustsTwo(byGuardian, byS3), trusts(byGuardian)),
		found:  []string{"records-stopped " + theReplicationRoleAt + ": statement Trust2 is gone, and " + notAnymore},
		passes: both(theReplicationRoleAt, "assume_role_policy", trustsTwo(byS3, byGuardian), trusts(byS3))},
}
