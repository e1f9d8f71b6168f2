package adopt_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"datalock/internal/adopt"
	"datalock/internal/testkit/testbucket"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestEncryptionIsKeptOrChosen holds that no default encryption with AWS KMS turns
// into AES256 unless somebody chose that.
func TestEncryptionIsKeptOrChosen(t *testing.T) {
	file := settings.Settings{Region: "us-east-1"}
	const alias = "arn:aws:kms:eu-central-1:012345678901:alias/acme"
	for _, c := range []struct{ algorithm, key, chosen, want, mistake string }{
		{"AES256", "", "", "", ""},
		{"AES256", "", "AES256", `{"algorithm":"AES256"}`, ""},
		{"aws:kms", testbucket.KeyARN, "", `{"algorithm":"aws:kms","keyArn":"` + testbucket.KeyARN + `"}`, ""},
		{"aws:kms", alias, "", "", "the default encryption is aws:kms " + alias},
		{"aws:kms", alias, "AES256", `{"algorithm":"AES256"}`, ""},
		{"aws:kms", alias, testbucket.KeyARN, `{"algorithm":"aws:kms","keyArn":"` + testbucket.KeyARN + `"}`, ""},
		{"aws:kms", "", "", "", "aws:kms with the key that AWS manages"},
		{"aws:kms:dsse", testbucket.KeyARN, "", "", "the default encryption is aws:kms:dsse " + testbucket.KeyARN},
	} {
		d := &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryption(c.algorithm)}
		if c.key != "" {
			d.KMSMasterKeyID = &c.key
		}
		m, err := adopt.NewMember(adopt.Existing{
			Bucket: "b", Region: "us-east-1", Encryption: &types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: d},
		}, file, c.chosen)
		if c.mistake == "" != (err == nil) || err != nil &&
			(!strings.Contains(err.Error(), c.mistake) || !strings.Contains(err.Error(), "--encryption AES256")) {
			t.Errorf("%+v: %v", c, err)
		}
		text, err := json.Marshal(m)
		ok(t, err)
		if got := strings.Contains(string(text), `"encryption":`); got != (c.want != "") ||
			!strings.Contains(string(text), c.want) {
			t.Errorf("%+v: %s", c, text)
		}
	}
}

// TestLifecycleIsKept holds that what settings can express stays, and that the list
// says so.
func TestLifecycleIsKept(t *testing.T) {
	rule := func(prefix string, change func(*types.LifecycleRule)) types.LifecycleRule {
		r := testbucket.Enabled("own", prefix)
		change(&r)
		return r
	}
	abort := func(days int32) func(*types.LifecycleRule) {
		return func(r *types.LifecycleRule) {
			r.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: &days}
		}
	}
	move := func(days int32, class types.TransitionStorageClass) func(*types.LifecycleRule) {
		return func(r *types.LifecycleRule) {
			r.Transitions = append(r.Transitions, types.Transition{Days: &days, StorageClass: class})
		}
	}
	noncurrent := func(days int32) func(*types.LifecycleRule) {
		return func(r *types.LifecycleRule) {
			r.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: &days}
		}
	}
	for name, c := range map[string]struct {
		rule  types.LifecycleRule
		want  string
		to    string
		loses bool
	}{
		"abort":           {rule("", abort(3)), `{"abortIncompleteMultipartUploadDays":3}`, "do the same", false},
		"abort, default":  {rule("", abort(7)), "", "do the same", false},
		"abort, prefix":   {rule("up/", abort(3)), "", "removed", true},
		"move":            {rule("", move(60, "GLACIER")), `{"transitions":[{"days":60,"storageClass":"GLACIER"}]}`, "do the same", false},
		"move at once":    {rule("", move(0, "GLACIER_IR")), `{"transitions":[{"days":0,"storageClass":"GLACIER_IR"}]}`, "do the same", false},
		"move, too early": {rule("", move(10, "STANDARD_IA")), "", "removed", true},
		"expire":          {rule("", noncurrent(400)), `{"noncurrentVersionExpirationDays":400}`, "do the same", false},
		"expire too soon": {rule("", noncurrent(30)), "", "removed", true},
		"both": {rule("", func(r *types.LifecycleRule) { move(60, "DEEP_ARCHIVE")(r); noncurrent(30)(r) }),
			`{"transitions":[{"days":60,"storageClass":"DEEP_ARCHIVE"}]}`, "do part of it", true},
	} {
		is := adopt.Existing{Bucket: "acme-data", Region: "us-east-1", Lifecycle: []types.LifecycleRule{c.rule}}
		file := settings.Settings{Region: "us-east-1"}
		m, err := adopt.NewMember(is, file, "")
		ok(t, err)
		text, err := json.Marshal(m)
		ok(t, err)
		if strings.Contains(string(text), `"lifecycle":`) != (c.want != "") || !strings.Contains(string(text), c.want) {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
		l := adopt.Compare(is, nil, wanted(t, file, m), nil)
		i := slices.IndexFunc(l.Change, func(i adopt.Item) bool { return strings.HasPrefix(i.From, `rule "own"`) })
		if i < 0 || !strings.Contains(l.Change[i].To, c.to) || (l.Change[i].Warning != "") != c.loses {
			t.Errorf("%s: %+v", name, l.Change)
		}
	}
}

// TestDeletedPrincipal holds that a policy with a principal that was deleted isn't
// adopted: S3 refuses to store it again.
func TestDeletedPrincipal(t *testing.T) {
	for principal, refused := range map[string]bool{
		`"AIDAJQABLZS4A3QDU576Q"`:                                    true,
		`["arn:aws:iam::012345678901:root","AROAKSCDLFT9R5DQP782U"]`: true,
		`"arn:aws:iam::012345678901:role/AROAKSCDLFT9R5DQP782U"`:     false,
	} {
		_, err := adopt.NewMember(adopt.Existing{Bucket: "b",
			Policy: json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Sid":"Old","Effect":"Allow","Principal":{"AWS":` +
				principal + `},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`)},
			settings.Settings{Region: "us-east-1"}, "")
		if (err != nil) != refused || refused && (!strings.Contains(err.Error(), "deleted") ||
			!strings.Contains(err.Error(), `"Sid":"Old"`)) {
			t.Errorf("%s: %v", principal, err)
		}
	}
}
