package bucket

import "datalock/settings"

// keyPolicyOf returns the policy of the key that the stack makes for a bucket.
// The account's IAM policies decide who may use and administer the key, save
// for what would make it useless: that is left to the guardians, and to nobody
// where there are none. Resource "*" is the key that has the policy.
//
// AWS KMS refuses a policy after which the caller could not change it again, so
// a deploying role that is no guardian is told at once.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func keyPolicyOf(config settings.Bucket) document {
	root := "arn:" + settings.Partition(config.Region) + ":iam::" + config.Account + ":root"
	this := []string{"*"}
	d := document{Version: "2012-10-17", Statement: []statement{
		{Sid: "AllowThroughIAM", Effect: "Allow", Principal: map[string]string{"AWS": root}, Action: oneOrMore{"kms:*"}, Resource: this},
	}}
	var strangers conditions
	if len(config.Guardians) > 0 {
		strangers = conditions{"ArnNotEquals": {"aws:PrincipalArn": config.Guardians}}
	}
	d.Statement = append(d.Statement, deny("DenyKeyLoss", []string{
		"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion",
	}, this, strangers))
	if strangers != nil {
		d.Statement = append(d.Statement, deny("SealKeyPolicy", []string{"kms:PutKeyPolicy"}, this, strangers))
	}
	return d
}
