package adopt

import (
	"encoding/json"
	"errors"
	"regexp"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Member is the settings of an adopted bucket in cdktf.json: what the import
// needs, and what the defaults would weaken.
type Member struct {
	Name   string `json:"name"`
	Region string `json:"region,omitempty"`
	// Retention is set if the bucket has a longer one in COMPLIANCE mode.
	Retention *memberRetention `json:"retention,omitempty"`
	// Encryption is set if the bucket names a key in AWS KMS.
	Encryption       *memberEncryption `json:"encryption,omitempty"`
	Tags             map[string]string `json:"tags,omitempty"`
	Adopt            []string          `json:"adopt"`
	PolicyStatements []json.RawMessage `json:"policyStatements,omitempty"`
}

type memberRetention struct {
	Mode                 settings.RetentionMode `json:"mode"`
	Days                 int                    `json:"days,omitempty"`
	Years                int                    `json:"years,omitempty"`
	ConfirmRetentionDays int                    `json:"confirmRetentionDays,omitempty"`
}

type memberEncryption struct {
	Algorithm settings.EncryptionAlgorithm `json:"algorithm"`
	KeyARN    string                       `json:"keyArn"`
}

// NewMember returns the settings for a bucket to add to a file. The error says why
// the bucket can't be adopted with its policy.
func NewMember(is Existing, file settings.Settings) (Member, error) {
	m := Member{Name: is.Bucket, Retention: longer(is.retention()), Encryption: ownKey(is.Encryption)}
	if is.Region != file.Region {
		m.Region = is.Region
	}
	wanted := m.bucket(is, file)
	m.Adopt = is.Types(wanted)
	for key, value := range is.Tags {
		if file.Tags[key] != value {
			if m.Tags == nil {
				m.Tags = map[string]string{}
			}
			m.Tags[key] = value
		}
	}
	if is.Policy == nil {
		return m, nil
	}
	d, err := parsePolicy(is.Policy)
	if err != nil {
		return m, err
	}
	m.PolicyStatements = d.own(declaredPolicy(wanted, is.Bucket))
	if why := d.oldVariables(); why != "" {
		return m, errors.New(why)
	}
	return m, nil
}

// bucket returns the settings that determine the statements of the policy.
func (m Member) bucket(is Existing, file settings.Settings) settings.Bucket {
	b := settings.DefaultBucket()
	b.Name, b.Region, b.AllowPlainHTTP = is.Bucket, is.Region, file.AllowPlainHTTP
	if m.Retention != nil {
		b.Retention = settings.Retention{Mode: m.Retention.Mode, Days: m.Retention.Days, Years: m.Retention.Years}
	}
	if m.Encryption != nil {
		b.Encryption = settings.Encryption{Algorithm: m.Encryption.Algorithm, KeyARN: m.Encryption.KeyARN}
	}
	return b
}

// longer returns a retention in the default mode if it is longer than the default,
// or nil.
func longer(is settings.Retention) *memberRetention {
	least := settings.DefaultRetention()
	if is.Mode != least.Mode || is.TotalDays() <= least.TotalDays() {
		return nil
	}
	r := &memberRetention{Mode: is.Mode, Days: is.Days, Years: is.Years}
	if is.TotalDays() > settings.ConfirmOverDays {
		r.ConfirmRetentionDays = is.TotalDays() // the bucket already has it
	}
	return r
}

// keyARN matches the ARN of a key. An alias or an ID can't be compared with the
// key that a request names.
var keyARN = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/`)

// ownKey returns the default encryption if it names a key by ARN, or nil.
func ownKey(rule *types.ServerSideEncryptionRule) *memberEncryption {
	if rule == nil || rule.ApplyServerSideEncryptionByDefault == nil {
		return nil
	}
	d := rule.ApplyServerSideEncryptionByDefault
	if d.SSEAlgorithm != types.ServerSideEncryptionAwsKms || !keyARN.MatchString(aws.ToString(d.KMSMasterKeyID)) {
		return nil
	}
	return &memberEncryption{Algorithm: settings.KMS, KeyARN: *d.KMSMasterKeyID}
}
