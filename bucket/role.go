package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// declareRole declares a role of the stack that one AWS service can assume. Its
// name is derived from the bucket's, so that its ARN is known at plan time.
func (b *ImmutableBucket) declareRole(
	id, suffix, what string, trust, d policy.Document,
) (iamrole.IamRole, cdktf.ITerraformDependable) {
	role := iamrole.NewIamRole(b.Construct, jsii.String(id+"_role"), &iamrole.IamRoleConfig{
		Name:             jsii.String(b.shortName(suffix)),
		Description:      jsii.String(what),
		AssumeRolePolicy: jsii.String(trust.String()),
		Lifecycle:        b.data.protected(),
	})
	rights := iamrolepolicy.NewIamRolePolicy(b.Construct, jsii.String(id+"_role_policy"),
		&iamrolepolicy.IamRolePolicyConfig{
			Name:      jsii.String(id),
			Role:      role.Name(),
			Policy:    jsii.String(d.String()),
			Lifecycle: b.data.protected(),
		})
	return role, rights
}

// trustPolicy allows only one AWS service to assume a role. No other account can
// give the role to the service, because iam:PassRole works only inside an account.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func trustPolicy(service string, when policy.Conditions) policy.Document {
	return policy.Document{Version: policy.Version, Statement: policy.Statements{{
		Sid: "AllowService", Effect: "Allow", Principal: policy.Principals{"Service:" + service},
		Action: policy.Values{"sts:AssumeRole"}, Condition: when,
	}}}
}

// roleARN returns the ARN of a role of the stack, which is known at plan time.
func (b *ImmutableBucket) roleARN(suffix string) string {
	return b.data.config.RoleARN(b.shortName(suffix))
}

// shortName returns a name of at most 64 characters, such as a role's: the result
// of [settings.RoleName] or, if the bucket's name isn't known yet, an expression for
// it.
func (b *ImmutableBucket) shortName(suffix string) string {
	config, name := b.data.config, b.data.name
	switch {
	case config.Name != "":
		return settings.RoleName(config.Name, suffix)
	case settings.FitsRole(len(config.NamePrefix)+settings.GeneratedLength, suffix):
		return *name + suffix
	}
	hash := cdktf.Fn_Substr(cdktf.Fn_Sha256(name), jsii.Number(0), jsii.Number(settings.RoleHash))
	return *cdktf.Fn_Substr(name, jsii.Number(0), jsii.Number(settings.RoleHead)) + "-" + *hash + suffix
}

// allow returns a statement of a role's policy.
func allow(sid string, actions []string, resources ...string) policy.Statement {
	return policy.Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
}

// useKey allows a role to use the bucket's key, through S3 and only for this bucket.
// The ARN of a key that the stack creates isn't known at plan time, so the
// encryption context limits the statement instead.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
func useKey(sid string, actions []string, config settings.Bucket, name string) policy.Statement {
	partition := config.Partition()
	key := config.Encryption.KeyARN
	if key == "" {
		key = "arn:" + partition + ":kms:" + config.Region + ":" + config.Account + ":key/*"
	}
	bucket := "arn:" + partition + ":s3:::" + name
	s := allow(sid, actions, key)
	s.Condition = policy.Conditions{
		"StringLike": {
			"kms:EncryptionContext:aws:s3:arn": {bucket, bucket + "/*"},
			"kms:ViaService":                   {"s3." + config.Region + ".amazonaws.com*"},
		},
	}
	return s
}
