package adopt

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

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
	// Encryption is set if the bucket names a key in AWS KMS, or by choice.
	Encryption *memberEncryption `json:"encryption,omitempty"`
	// Lifecycle has what the bucket's rules do for all objects, as far as settings
	// can express it and the default doesn't do it.
	Lifecycle        *memberLifecycle  `json:"lifecycle,omitempty"`
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
	KeyARN    string                       `json:"keyArn,omitempty"`
}

// NewMember returns the settings for a bucket to add to a file. encryption is the
// default encryption to write, AES256 or the ARN of a key; empty for the bucket's.
// The error says why the bucket can't be adopted with its encryption or its policy.
func NewMember(is Existing, file settings.Settings, encryption string) (Member, error) {
	m := Member{Name: is.Bucket, Retention: longer(is.retention())}
	var encryptionErr error
	m.Encryption, encryptionErr = keptEncryption(is.Encryption, encryption)
	m.Lifecycle = keptLifecycle(is.Lifecycle, m)
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
		return m, encryptionErr
	}
	d, err := parsePolicy(is.Policy)
	if err != nil {
		return m, errors.Join(encryptionErr, err)
	}
	m.PolicyStatements = d.own(declaredPolicy(wanted, is.Bucket))
	errs := []error{encryptionErr}
	for _, why := range []string{d.oldVariables(), d.deletedPrincipals()} {
		if why != "" {
			errs = append(errs, errors.New(why))
		}
	}
	return m, errors.Join(errs...)
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

// IsKeyARN reports whether a text is the ARN of an AWS KMS key, as far as its
// form tells.
func IsKeyARN(text string) bool { return keyARN.MatchString(text) }

// keyARN matches the ARN of a key. An alias or an ID can't be compared with the
// key that a request names.
var keyARN = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/`)

// keptEncryption returns the settings of the bucket's default encryption, or of the
// one that was chosen, nil for AES256. It returns an error if the bucket has an
// encryption with AWS KMS that settings can't express and nothing was chosen: the
// stack would replace it with AES256.
func keptEncryption(rule *types.ServerSideEncryptionRule, chosen string) (*memberEncryption, error) {
	switch {
	case chosen == string(settings.AES256):
		return &memberEncryption{Algorithm: settings.AES256}, nil
	case chosen != "":
		return &memberEncryption{Algorithm: settings.KMS, KeyARN: chosen}, nil
	case rule == nil || rule.ApplyServerSideEncryptionByDefault == nil:
		return nil, nil
	}
	d := rule.ApplyServerSideEncryptionByDefault
	is, key := string(d.SSEAlgorithm), aws.ToString(d.KMSMasterKeyID)
	switch {
	case !strings.HasPrefix(is, string(settings.KMS)):
		return nil, nil
	case is == string(settings.KMS) && keyARN.MatchString(key):
		return &memberEncryption{Algorithm: settings.KMS, KeyARN: key}, nil
	}
	return nil, fmt.Errorf("the default encryption is %s, and settings have only AES256 and aws:kms with the ARN of a "+
		"key; choose the encryption of new versions: --encryption with the ARN of a key, or --encryption AES256",
		encryptionText(is, cmp.Or(key, "with the key that AWS manages"), false))
}
