package bucket_test

import (
	"strings"
	"testing"

	"datalock/internal/testkit/apptest"
	"datalock/internal/testkit/iamsimulate"
)

// partner is somebody in another account, whom a statement of the owner allows
// everything.
var partner = who{principal: "arn:aws:iam::999999999999:user/partner", arn: "arn:aws:iam::999999999999:user/partner"}

// ownedBuckets are a bucket with such a statement, and a sealed one.
var ownedBuckets = map[string]string{
	"owned": "", "ownedsealed": `"guardians": ["arn:aws:iam::012345678901:role/deployer"], `,
}

// ownerCases are what docs/guards.md says that the guards leave of the owner's
// Allow.
var ownerCases = []judged{
	{"owned", "read", partner, "s3:GetObject", nil, ""},
	{"owned", "read over plain HTTP", partner, "s3:GetObject", keys{secure: "false", tls: "-"}, "DenyInsecureTransport"},
	{"owned", "read with an old TLS", partner, "s3:GetObject", keys{tls: "1.1"}, "DenyOldTLS"},
	{"owned", "upload", partner, "s3:PutObject", put(nil), ""},
	{
		"owned",
		"upload with another encryption",
		partner,
		"s3:PutObject",
		put(keys{algorithm: "aws:kms"}),
		"DenyOtherEncryption",
	},
	{"owned", "upload in a weaker mode", partner, "s3:PutObject", put(keys{mode: "GOVERNANCE"}), "DenyWeakerMode"},
	{"owned", "upload for a short time", partner, "s3:PutObject", put(keys{remaining: "5"}), "DenyRetentionBelowDefault"},
	{"owned", "upload for too long", partner, "s3:PutObject", put(keys{remaining: "3651"}), "DenyRetentionAboveMaximum"},
	{"owned", "upload under an event hold", partner, "s3:PutObject", put(keys{eventHold: "ON"}), "DenyEventHold"},
	{"owned", "lock in a weaker mode", partner, "s3:PutObjectRetention", keys{mode: "GOVERNANCE"}, "DenyWeakerMode"},
	{"owned", "delete without a version", partner, "s3:DeleteObject", nil, "DenyDeleteMarkers"},
	{"owned", "delete a version", partner, "s3:DeleteObjectVersion", nil, ""},
	{"owned", "bypass", partner, "s3:BypassGovernanceRetention", nil, "DenyGovernanceBypass"},
	{"owned", "suspend versioning", partner, "s3:PutBucketVersioning", nil, ""},
	{"ownedsealed", "suspend versioning of a sealed bucket", partner, "s3:PutBucketVersioning", nil, "SealConfiguration"},
	{"ownedsealed", "read a sealed bucket", partner, "s3:GetObject", nil, ""},
}

// ownedSettings are those of [ownedBuckets], each with the owner's statement.
func ownedSettings() []byte {
	var buckets []string
	for stack, more := range ownedBuckets {
		buckets = append(buckets, strings.ReplaceAll(`"STACK": {"name": "acme-STACK", `+more+
			`"policyStatements": [{"Sid": "AllowPartner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
				"Action": "s3:*", "Resource": ["arn:aws:s3:::acme-STACK", "arn:aws:s3:::acme-STACK/*"]}]}`, "STACK", stack))
	}
	return []byte(`{"region": "us-east-1", "account": "012345678901", "buckets": {` + strings.Join(buckets, ", ") + `}}`)
}

// TestGuardsOverOwners has the IAM simulator judge what the guards leave of an
// Allow of the owner. Without the owner's statement nothing is allowed.
func TestGuardsOverOwners(t *testing.T) {
	t.Parallel()
	files := apptest.Files(t, apptest.Synth(t, ownedSettings()))
	var cases [][]judged
	var groups []iamsimulate.Group // two for each bucket: with the owner's statement, and without it
	for stack := range ownedBuckets {
		policy := synthesised(t, files, stack, "aws_s3_bucket_policy", "policy")
		less := withoutEach(t, policy)
		last := less[len(less)-1]
		if last.sid != "AllowPartner" {
			t.Fatalf("the last statement of %s is %s", stack, last.sid)
		}
		var of []judged
		var requests []iamsimulate.Request
		for _, c := range ownerCases {
			if c.stack == stack {
				of, requests = append(of, c), append(requests, c.request())
			}
		}
		cases = append(cases, of)
		groups = append(groups, iamsimulate.Group{Policy: policy, Requests: requests},
			iamsimulate.Group{Policy: last.policy, Requests: requests})
	}
	answers := iamsimulate.RunGroups(t, groups)
	for n, of := range cases {
		whole, without := answers[2*n], answers[2*n+1]
		for i, c := range of {
			if wrong := c.wrong(whole.Verdicts[i]); wrong != "" {
				t.Errorf("%s: %s %s", c.name, c.action, wrong)
			}
			if v := without.Verdicts[i]; v.Result == "Allowed" {
				t.Errorf("%s: %s is allowed without the owner's statement", c.name, c.action)
			}
		}
	}
}
