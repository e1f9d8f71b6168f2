package bucket

import (
	"datalock/internal/policy"
	"datalock/settings"
)

// keyPolicyOf returns the policy of the key that the stack creates for a
// bucket. IAM decides who may use and administer the key. Only the guardians
// may delete or disable it, or nobody if there are none. Resource "*" is the
// key that has the policy.
//
// AWS KMS refuses a policy that its creator can't change, so a deploy by a role
// that isn't a guardian fails at once.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func keyPolicyOf(config settings.Bucket) policy.Document {
	root := "arn:" + config.Partition() + ":iam::" + config.Account + ":root"
	this := []string{"*"}
	d := policy.Document{Version: policy.Version, Statement: policy.Statements{
		{
			Sid: "AllowThroughIAM", Effect: "Allow", Principal: policy.Principals{"AWS:" + root},
			Action: policy.Values{"kms:*"}, Resource: this,
		},
	}}
	var notGuardians policy.Conditions
	if len(config.Guardians) > 0 {
		notGuardians = policy.Conditions{"ArnNotEquals": {"aws:PrincipalArn": config.Guardians}}
	}
	d.Statement = append(d.Statement, deny("DenyKeyLoss", []string{
		"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion",
	}, this, notGuardians))
	if notGuardians != nil {
		d.Statement = append(d.Statement, deny("SealKeyPolicy", []string{"kms:PutKeyPolicy"}, this, notGuardians))
	}
	return d
}
