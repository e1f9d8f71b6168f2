package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"datalock/internal/check"
	"datalock/internal/check/iampolicy"
	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func (a *auditor) encryption(ctx context.Context) {
	a.part("default encryption", func() (string, error) {
		rule, err := a.bucket.Encryption(ctx)
		if err != nil {
			return "", err
		}
		if rule == nil {
			a.find("guard-missing", bucketAddress, "the bucket has no default encryption")
			return "none", nil
		}
		algorithm := ""
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil {
			algorithm, a.key = string(d.SSEAlgorithm), aws.ToString(d.KMSMasterKeyID)
		}
		wanted := a.Wanted.Encryption
		switch {
		case check.Weaker(algorithm, string(wanted.Algorithm)):
			a.find("encryption-weakened", encryptionAddress, "the default encryption is %q; %s say %s",
				algorithm, a.says(), wanted.Algorithm)
		case wanted.Algorithm == settings.KMS && a.key == "":
			a.find("encryption-weakened", encryptionAddress,
				"the default encryption names no key, so it is the one that AWS manages")
		case wanted.KeyARN != "" && a.key != wanted.KeyARN:
			a.find("encryption-weakened", encryptionAddress, "the key of the default encryption is %q; %s say %s",
				a.key, a.says(), wanted.KeyARN)
		}
		if a.key == "" && strings.HasPrefix(algorithm, "aws:kms") {
			a.key = "alias/aws/s3"
		}
		return strings.TrimSpace(algorithm + " " + a.key), nil
	})
}

// encryptionKey reads the state of the KMS key: without the key no version can be
// read.
func (a *auditor) encryptionKey(ctx context.Context) {
	a.part("KMS key", func() (string, error) {
		switch encryption := a.b.Parts[len(a.b.Parts)-1]; {
		case encryption.Status == Unknown:
			return "", fmt.Errorf("the default encryption isn't known: %s", encryption.Reason)
		case a.key == "":
			return "", &notApplicable{"the default encryption uses no KMS key"}
		case a.KMS == nil:
			return "", fmt.Errorf("no AWS KMS is at the endpoint; name one in AWS_ENDPOINT_URL_KMS")
		}
		out, err := a.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &a.key})
		if inspect.Code(err) == "NotFoundException" {
			a.find("key-disabled", keyAddress, "there is no key %s: what is encrypted with it can't be read", a.key)
			return "missing", nil
		}
		if err := inspect.Asked("kms:DescribeKey", err); err != nil {
			return "", err
		}
		return a.keyState(out.KeyMetadata), nil
	})
	a.part("KMS key's rotation", func() (string, error) { return a.keyRotation(ctx) })
	a.part("KMS key's policy", func() (string, error) { return a.keyPolicy(ctx) })
}

func (a *auditor) keyState(k *kmstypes.KeyMetadata) string {
	switch {
	case k.DeletionDate != nil:
		a.find("key-disabled", keyAddress,
			"the key %s is %s: it is deleted on %s, and then nothing that it encrypts can be read",
			a.key, k.KeyState, k.DeletionDate.UTC().Format(time.DateOnly))
	case k.KeyState != kmstypes.KeyStateEnabled:
		a.find("key-disabled", keyAddress, "the key %s is %s", a.key, k.KeyState)
	}
	if k.ValidTo != nil {
		a.find("key-disabled", keyAddress, "the material of the key %s expires at %s",
			a.key, k.ValidTo.UTC().Format(time.RFC3339))
	}
	if k.KeyManager == kmstypes.KeyManagerTypeAws {
		a.note("the key %s is managed by AWS: its policy can't be changed, and other accounts can't use it", a.key)
	}
	return fmt.Sprintf("%s, managed by %s", k.KeyState, k.KeyManager)
}

// keyPart returns why the key can't be read.
func (a *auditor) keyPart() error {
	for _, p := range a.b.Parts {
		if p.Name == "KMS key" && p.Status == NotApplicable {
			return &notApplicable{p.Reason}
		}
		if p.Name == "KMS key" && (p.Status == Unknown || p.Is == "missing") {
			return fmt.Errorf("the key isn't known: %s", strings.TrimSpace(p.Reason+p.Is))
		}
	}
	return nil
}

// keyRotation reads the rotation. It is declared only for a key of the stack.
func (a *auditor) keyRotation(ctx context.Context) (string, error) {
	if err := a.keyPart(); err != nil {
		return "", err
	}
	out, err := a.KMS.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &a.key})
	if inspect.Code(err) == "UnsupportedOperationException" {
		return "not possible for this key", nil
	}
	if err := inspect.Asked("kms:GetKeyRotationStatus", err); err != nil {
		return "", err
	}
	const declared = 365 // days, for every key of a stack
	every := aws.ToInt32(out.RotationPeriodInDays)
	switch {
	case !out.KeyRotationEnabled && a.Wanted.Encryption.MakesKey():
		a.find("key-rotation-off", keyAddress, "the key isn't rotated")
	case every > declared && a.Wanted.Encryption.MakesKey():
		a.find("key-rotation-off", keyAddress, "the key is rotated every %d days; %s say %d", every, a.says(), declared)
	}
	if !out.KeyRotationEnabled {
		return "off", nil
	}
	return fmt.Sprintf("every %d days", every), nil
}

func (a *auditor) keyPolicy(ctx context.Context) (string, error) {
	if err := a.keyPart(); err != nil {
		return "", err
	}
	out, err := a.KMS.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &a.key, PolicyName: aws.String("default")})
	if err := inspect.Asked("kms:GetKeyPolicy", err); err != nil {
		return "", err
	}
	is, err := iampolicy.Parse(aws.ToString(out.Policy))
	if err != nil {
		return "", fmt.Errorf("the policy can't be judged: %w", err)
	}
	if a.Wanted.Encryption.MakesKey() {
		wanted, err := iampolicy.Parse(wantedKeyPolicy(a.Wanted))
		if err != nil {
			return "", err
		}
		a.compare(keyAddress, wanted, is)
	}
	for _, message := range check.KeyLockedOut(is, a.Wanted.Account) {
		a.find("locked-out", keyAddress, "%s", message)
	}
	return statements(len(is.Statements)), nil
}
