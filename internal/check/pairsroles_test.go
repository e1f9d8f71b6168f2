package check_test

const (
	theBatchRoleAt = "aws_iam_role.batch_role"
	adminARN       = "arn:aws:iam::aws:policy/AdministratorAccess"
)

// more adds a change of another resource of the AWS provider to a plan.
func more(kind, name, action string, before, after any) func(planJSON) {
	return func(p planJSON) {
		p["resource_changes"] = append(p["resource_changes"].([]any), map[string]any{"address": kind + "." + name,
			"mode": "managed", "type": kind, "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
			"change": map[string]any{"actions": []any{action}, "before": before, "after": after}})
	}
}

// allowing is a role's policy that allows some actions on everything.
func allowing(actions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"Work","Effect":"Allow","Action":` + actions + `,"Resource":"*"}]}`
}

// inlined is a policy in a role's own argument.
func inlined(name, policy string) []any { return []any{map[string]any{"name": name, "policy": policy}} }

// rolePolicy has the plan make a policy for a role.
func rolePolicy(role, policy string) func(planJSON) {
	return more("aws_iam_role_policy", "more", "create", nil, map[string]any{"role": role, "policy": policy})
}

// attached has the plan attach a managed policy to a role.
func attached(role string) func(planJSON) {
	return more("aws_iam_role_policy_attachment", "more", "create", nil,
		map[string]any{"role": role, "policy_arn": adminARN})
}

// declaring has the role of S3 Batch Operations declare an argument.
func declaring(argument string) func(planJSON) { return written(theBatchRoleAt, argument, []any{}) }

// roleDrift has the state record no managed policy of the role, to which another
// resource has attached one since.
func roleDrift(p planJSON) {
	both(theBatchRoleAt, "managed_policy_arns", []any{adminARN}, []any{adminARN})(p)
	change := p.changeOf(theBatchRoleAt)
	was := map[string]any(clone(change["before"].(map[string]any)))
	was["managed_policy_arns"] = []any{}
	p["resource_drift"] = []any{map[string]any{"address": theBatchRoleAt, "mode": "managed", "type": "aws_iam_role",
		"name": "batch_role", "provider_name": "registry.terraform.io/hashicorp/aws",
		"change": map[string]any{"actions": []any{"update"}, "before": was, "after": change["before"]}}}
}

// copier has the replication use a role that isn't in the plan.
func copier(p planJSON) {
	arn := "arn:aws:iam::012345678901:role/service/copier"
	both(theReplicationAt, "role", arn, arn)(p)
}

// alarmsBy has an alarm publish with a role that isn't in the plan.
func alarmsBy(role string) func(planJSON) {
	arn := "arn:aws:iam::012345678901:role/" + role
	return both("aws_cloudwatch_event_target.alarm_bypass_target", "role_arn", arn, arn)
}

// publisherGoes has the plan delete the policy of a role that isn't in it.
func publisherGoes(p planJSON) {
	more("aws_iam_role_policy", "more", "delete", map[string]any{"role": "publisher", "name": "acme-whole-more",
		"policy": allowing(`"sns:*"`)}, nil)(p)
}

// rolePairs are about what the roles of a locked bucket get and lose.
var rolePairs = []pair{
	{name: "a policy in a role's own argument", plan: "topology",
		stops: all(declaring("inline_policy"), both(theBatchRoleAt, "inline_policy",
			inlined("batch", allowing(`"s3:GetObject"`)), inlined("batch", allowing(`"*"`)))),
		found: []string{"policy-loosened " + theBatchRoleAt + ": statement Work"},
		passes: all(declaring("inline_policy"), both(theBatchRoleAt, "inline_policy",
			inlined("batch", allowing(`"*"`)), inlined("batch", allowing(`"s3:GetObject"`))))},
	{name: "a new policy in a role's own argument", plan: "topology",
		stops:  both(theBatchRoleAt, "inline_policy", []any{}, inlined("more", allowing(`"*"`))),
		found:  []string{"policy-loosened " + theBatchRoleAt + ": statement Work"},
		passes: both(theBatchRoleAt, "inline_policy", inlined("more", allowing(`"*"`)), []any{})},
	{name: "a managed policy that a role gets", plan: "topology",
		stops:  both(theBatchRoleAt, "managed_policy_arns", []any{}, []any{adminARN}),
		found:  []string{"policy-loosened " + theBatchRoleAt + ": the role gets the managed policy " + adminARN},
		passes: both(theBatchRoleAt, "managed_policy_arns", []any{adminARN}, []any{adminARN})},
	{name: "a managed policy that a role loses", plan: "topology",
		stops:  both(theBatchRoleAt, "managed_policy_arns", []any{adminARN}, []any{}),
		found:  []string{"policy-loosened " + theBatchRoleAt + ": the role loses the managed policy " + adminARN},
		passes: both(theBatchRoleAt, "managed_policy_arns", nil, []any{})},
	{name: "a managed policy that isn't known", plan: "topology",
		stops:  later(theBatchRoleAt, "managed_policy_arns"),
		found:  []string{"guard-unknown " + theBatchRoleAt + ": managed_policy_arns is not known"},
		passes: all(created(theBatchRoleAt), later(theBatchRoleAt, "managed_policy_arns"))},
	{name: "a managed policy that another resource has attached", plan: "topology",
		stops:  all(declaring("managed_policy_arns"), roleDrift),
		found:  []string{"policy-loosened " + theBatchRoleAt + ": the role gets the managed policy " + adminARN},
		passes: roleDrift},
	{name: "a role's boundary", plan: "topology",
		stops:  both(theBatchRoleAt, "permissions_boundary", adminARN, ""),
		found:  []string{"policy-loosened " + theBatchRoleAt + ": the permissions boundary of the role goes from"},
		passes: both(theBatchRoleAt, "permissions_boundary", "", adminARN)},
	{name: "another policy for the role of S3 Batch Operations", plan: "topology",
		stops:  rolePolicy("acme-whole-batch", allowing(`"s3:*"`)),
		found:  []string{"policy-loosened aws_iam_role_policy.more: statement Work"},
		passes: all(created(theBatchRoleAt), rolePolicy("acme-whole-batch", allowing(`"s3:*"`)))},
	{name: "another policy for a role that reads", plan: "topology",
		stops:  rolePolicy("acme-whole-replication", allowing(`"s3:*"`)),
		found:  []string{"policy-loosened aws_iam_role_policy.more: statement Work"},
		passes: rolePolicy("acme-whole-reader", allowing(`"s3:*"`))},
	{name: "a managed policy attached to the role of S3 Batch Operations", plan: "topology",
		stops:  attached("acme-whole-batch"),
		found:  []string{"policy-loosened aws_iam_role_policy_attachment.more: a role that exists gets the managed policy"},
		passes: all(created(theBatchRoleAt), attached("acme-whole-batch"))},
	{name: "a managed policy attached to a replication's role elsewhere", plan: "topology",
		stops:  all(copier, attached("copier")),
		found:  []string{"policy-loosened aws_iam_role_policy_attachment.more: a role that exists gets the managed policy"},
		passes: all(copier, attached("reader"))},
	{name: "the policy of the alarms' role that goes", plan: "topology",
		stops:  all(alarmsBy("publisher"), publisherGoes),
		found:  []string{"destroyed aws_iam_role_policy.more: the plan destroys the role's policy"},
		passes: all(alarmsBy("another"), publisherGoes)},
	{name: "a managed policy taken from the role of S3 Batch Operations", plan: "topology",
		stops: more("aws_iam_role_policy_attachment", "more", "delete",
			map[string]any{"role": "acme-whole-batch", "policy_arn": adminARN}, nil),
		found: []string{"destroyed aws_iam_role_policy_attachment.more: the plan destroys the role's managed policy"},
		passes: more("aws_iam_role_policy_attachment", "more", "delete",
			map[string]any{"role": "acme-whole-reader", "policy_arn": adminARN}, nil)},
}
