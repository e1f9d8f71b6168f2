package audit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"datalock/internal/check"
	"datalock/internal/check/iampolicy"
	"datalock/internal/inspect"
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// A role is one that the settings declare for an AWS service.
type role struct {
	// id begins its logical ids, and name is its name.
	id, name string
	// trust says who may assume it, and rights what it may do.
	trust, rights policy.Document
}

func (r role) address() string       { return "aws_iam_role." + r.id + "_role" }
func (r role) policyAddress() string { return "aws_iam_role_policy." + r.id + "_role_policy" }

// roles looks at the roles of the stack.
func (a *auditor) roles(ctx context.Context) {
	if a.Kind != Data {
		return
	}
	for _, r := range wantedRoles(a.Wanted, a.Bucket) {
		there := false
		a.part("role for "+r.id, func() (is string, err error) {
			is, there, err = a.assumable(ctx, r)
			return is, err
		})
		if there {
			a.part("policy of the role for "+r.id, func() (string, error) { return a.roleMay(ctx, r) })
		}
	}
}

// assumable compares who may assume a role.
func (a *auditor) assumable(ctx context.Context, r role) (is string, there bool, err error) {
	if a.IAM == nil {
		return "", false, errors.New("no AWS IAM is at the endpoint; name one in AWS_ENDPOINT_URL_IAM")
	}
	out, err := a.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &r.name})
	if inspect.Code(err) == "NoSuchEntity" {
		a.find(roleChanged, r.address(), "there is no role %s", r.name)
		return "missing", false, nil
	}
	if err := inspect.Asked("iam:GetRole", err); err != nil {
		return "", false, err
	}
	if b := out.Role.PermissionsBoundary; b != nil {
		a.note("the role %s has the permissions boundary %s, which isn't compared: it can take rights away",
			r.name, aws.ToString(b.PermissionsBoundaryArn))
	}
	trusted, err := rolePolicy(out.Role.AssumeRolePolicyDocument)
	if err != nil {
		return "", true, err
	}
	return fmt.Sprintf("%s, assumed by %s", r.name, principals(trusted)), true, a.compareRole(r.address(), r.trust, trusted)
}

// principals names who is allowed something.
func principals(d iampolicy.Document) string {
	var all []string
	for _, s := range d.Statements {
		if s.Effect == "Allow" {
			all = append(all, s.Principal...)
			for _, not := range s.NotPrincipal {
				all = append(all, "everybody but "+not)
			}
		}
	}
	return list(all)
}

// roleMay compares what a role may do: its inline policies, and those that are
// attached.
func (a *auditor) roleMay(ctx context.Context, r role) (string, error) {
	var all iampolicy.Document
	var inline []string
	pages := iam.NewListRolePoliciesPaginator(a.IAM, &iam.ListRolePoliciesInput{RoleName: &r.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err := inspect.Asked("iam:ListRolePolicies", err); err != nil {
			return "", err
		}
		for _, name := range page.PolicyNames {
			out, err := a.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &r.name, PolicyName: &name})
			if err := inspect.Asked("iam:GetRolePolicy", err); err != nil {
				return "", err
			}
			one, err := rolePolicy(out.PolicyDocument)
			if err != nil {
				return "", fmt.Errorf("policy %s: %w", name, err)
			}
			inline = append(inline, name)
			all.Version, all.Statements = one.Version, append(all.Statements, one.Statements...)
		}
	}
	attached, err := a.attached(ctx, r)
	if err != nil {
		return "", err
	}
	for _, arn := range attached {
		a.find("policy-loosened", r.policyAddress(),
			"the policy %s is attached to the role %s, which %s don't declare; it can't be judged that it allows no more",
			arn, r.name, a.says())
	}
	is := fmt.Sprintf("%s, inline: %s, attached: %s", statements(len(all.Statements)), list(inline), list(attached))
	return is, a.compareRole(r.policyAddress(), r.rights, all)
}

func (a *auditor) attached(ctx context.Context, r role) ([]string, error) {
	var all []string
	pages := iam.NewListAttachedRolePoliciesPaginator(a.IAM, &iam.ListAttachedRolePoliciesInput{RoleName: &r.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err := inspect.Asked("iam:ListAttachedRolePolicies", err); err != nil {
			return nil, err
		}
		for _, p := range page.AttachedPolicies {
			all = append(all, aws.ToString(p.PolicyArn))
		}
	}
	return all, nil
}

// compareRole finds what a role's policy allows beside the declared one, and what
// it may not allow that the service needs.
func (a *auditor) compareRole(address string, declared policy.Document, is iampolicy.Document) error {
	wanted, err := iampolicy.Parse(check.RolePolicy(declared.String()))
	if err != nil {
		return err
	}
	a.compare(address, wanted, is)
	for _, s := range wanted.Statements {
		if why := mayNotAllow(is, wanted, s); why != "" {
			a.find(roleChanged, address, "the policy may not allow what statement %s of %s does: %s", s.Sid, a.says(), why)
		}
	}
	return nil
}

// rolePolicy reads a policy as IAM returns it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func rolePolicy(encoded *string) (iampolicy.Document, error) {
	text, err := url.QueryUnescape(aws.ToString(encoded))
	if err != nil {
		return iampolicy.Document{}, fmt.Errorf("the policy can't be read: %w", err)
	}
	d, err := iampolicy.Parse(check.RolePolicy(text))
	if err != nil {
		return d, fmt.Errorf("the policy can't be judged: %w", err)
	}
	return d, nil
}

// wantedRoles are the declared ones of the bucket with a name.
func wantedRoles(b settings.Bucket, name string) []role {
	var all []role
	add := func(id, suffix, service string, when conditions, rights []policy.Statement) {
		trust := policy.Statement{
			Sid: "AllowService", Effect: "Allow", Principal: policy.Principals{"Service:" + service},
			Action: policy.Values{"sts:AssumeRole"}, Condition: policy.Conditions(when),
		}
		all = append(all, role{
			id: id, name: settings.RoleName(name, suffix),
			trust:  policy.Document{Version: policy.Version, Statement: policy.Statements{trust}},
			rights: policy.Document{Version: policy.Version, Statement: rights},
		})
	}
	if b.Batch {
		add("batch", settings.BatchRoleSuffix, "batchoperations.s3.amazonaws.com", nil, wantedJobs(b, name))
	}
	if b.Replica != nil {
		add("replication", settings.ReplicationSuffix, "s3.amazonaws.com", nil, wantedCopying(b, name))
	}
	if b.DataEvents != nil {
		add("alarms", settings.AlarmsSuffix, "events.amazonaws.com",
			when("ArnEquals", "aws:SourceArn", wantedRuleARNs(b, name)...).and("StringEquals", "aws:SourceAccount", b.Account),
			[]policy.Statement{may("PublishAlarms", []string{topicOf(b, name)}, nil, "sns:Publish")})
	}
	return all
}

func may(sid string, resources []string, when conditions, actions ...string) policy.Statement {
	return policy.Statement{
		Sid: sid, Effect: "Allow", Action: actions, Resource: resources, Condition: policy.Conditions(when),
	}
}

// wantedJobs is what the jobs of S3 Batch Operations may do; docs/topology.md
// describes it.
func wantedJobs(b settings.Bucket, name string) []policy.Statement {
	data, evidence := bucketARN(b, name), bucketARN(b, b.EvidenceName(name))
	all := []policy.Statement{
		may("ReadLockConfiguration", []string{data}, nil, "s3:GetBucketObjectLockConfiguration"),
		may("LockVersions", []string{data + "/*"}, nil, "s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectRetention",
			"s3:GetObjectVersion", "s3:PutObjectLegalHold", "s3:PutObjectRetention"),
		may("ReadManifests", []string{
			evidence + "/" + settings.BatchManifests + "*", evidence + "/" + settings.InventoryReports + "*",
		}, nil, "s3:GetObject", "s3:GetObjectVersion"),
		may("WriteReports", []string{evidence + "/" + settings.BatchReports + "*"}, nil, "s3:PutObject"),
	}
	if b.Encryption.Algorithm == settings.KMS {
		all = append(all, mayUseKey("Decrypt", b, name, "kms:Decrypt"))
	}
	return all
}

// wantedCopying is what the replication may do.
func wantedCopying(b settings.Bucket, name string) []policy.Statement {
	replica := wantedReplica(b, name)
	data, copies := bucketARN(b, name), bucketARN(replica, replica.Name)
	all := []policy.Statement{
		may("ReadSource", []string{data}, nil, "s3:GetReplicationConfiguration", "s3:ListBucket"),
		may("ReadVersions", []string{data + "/*"}, nil, "s3:GetObjectLegalHold", "s3:GetObjectRetention",
			"s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"),
		may("WriteReplica", []string{copies + "/*"}, nil, "s3:ReplicateObject", "s3:ReplicateTags"),
	}
	if b.Encryption.Algorithm == settings.KMS {
		all = append(all, mayUseKey("Decrypt", b, name, "kms:Decrypt"),
			mayUseKey("Encrypt", replica, replica.Name, "kms:Encrypt", "kms:GenerateDataKey"))
	}
	return all
}

// mayUseKey allows to use a bucket's key through S3, for that bucket alone.
func mayUseKey(sid string, b settings.Bucket, name string, actions ...string) policy.Statement {
	key := b.Encryption.KeyARN
	if key == "" {
		key = strings.Join([]string{"arn", b.Partition(), "kms", b.Region, b.Account, "key/*"}, ":")
	}
	bucket := bucketARN(b, name)
	through := when("StringLike", "kms:EncryptionContext:aws:s3:arn", bucket, bucket+"/*")
	through["StringLike"]["kms:ViaService"] = policy.Values{"s3." + b.Region + ".amazonaws.com*"}
	return may(sid, []string{key}, through, actions...)
}
