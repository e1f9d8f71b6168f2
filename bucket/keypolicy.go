package bucket

import "datalock/settings"

// keyPolicyOf returns the policy of the key that the stack creates for a
// bucket. IAM decides who may use and administer the key. Only the guardians
// may delete or disable it, or nobody if there are none. Resource "*" is the
// key that has the policy.
//
// AWS KMS refuses a policy that its creator can't change, so a deploy by a role
// that isn't a guardian fails at once.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func keyPolicyOf(config settings.Bucket) document {
	root := "arn:" + settings.Partition(config.Region) + ":iam::" + config.Account + ":root"
	this := []string{"*"}
	d := document{Version: "2012-10-17", Statement: []statement{
		{
			Sid: "AllowThroughIAM", Effect: "Allow", Principal: map[string]string{"AWS": root},
			Action: oneOrMore{"kms:*"}, Resource: this,
		},
	}}
	var notGuardians conditions
	if len(config.Guardians) > 0 {
		notGuardians = conditions{"ArnNotEquals": {"aws:PrincipalArn": config.Guardians}}
	}
	d.Statement = append(d.Statement, deny("DenyKeyLoss", []string{
		"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion",
	}, this, notGuardians))
	if notGuardians != nil {
		d.Statement = append(d.Statement, deny("SealKeyPolicy", []string{"kms:PutKeyPolicy"}, this, notGuardians))
	}
	return d
}
