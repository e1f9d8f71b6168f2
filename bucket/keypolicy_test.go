package bucket

import (
	"testing"

	"datalock/settings"
)

func TestKeyPolicy(t *testing.T) {
	const start = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowThroughIAM","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::012345678901:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Sid":"DenyKeyLoss","Effect":"Deny","Principal":"*",` +
		`"Action":["kms:DeleteImportedKeyMaterial","kms:DisableKey","kms:ScheduleKeyDeletion"],"Resource":"*"`
	const guardian = "arn:aws:iam::012345678901:role/deployer"
	const exempt = `,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"` + guardian + `"}}}`
	for name, c := range map[string]struct {
		guardians []string
		want      string
	}{
		"nobody may delete the key": {nil, start + `}]}`},
		"only guardians may": {[]string{guardian}, start + exempt +
			`,{"Sid":"SealKeyPolicy","Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"` + exempt + `]}`},
	} {
		b := settings.DefaultBucket()
		b.Region, b.Account, b.Guardians = "us-east-1", "012345678901", c.guardians
		if got := keyPolicyOf(b).String(); got != c.want {
			t.Errorf("%s: got\n%s, want\n%s", name, got, c.want)
		}
	}
}
