package signing

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
)

// ErrMayNotSign means that KMS denies kms:Sign. Checking signatures doesn't need it.
var ErrMayNotSign = errors.New("not allowed to sign (kms:Sign)")

const kmsScheme = "awskms:///"

// loadKMS reads the public key from KMS. Signing needs kms:Sign, checking only
// kms:GetPublicKey. KMS doesn't sign Ed25519 messages over 4,096 bytes, so the
// key must be an ECC_NIST_P256.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
func loadKMS(ctx context.Context, name string) (*Key, error) {
	parsed, err := arn.Parse(name)
	if err != nil || parsed.Service != "kms" {
		return nil, fmt.Errorf(
			"key %s%s: must be %sARN, such as %sarn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
			kmsScheme,
			name,
			kmsScheme,
			kmsScheme,
		)
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(parsed.Region))
	if err != nil {
		return nil, fmt.Errorf("load your AWS configuration: %w", err)
	}
	client := kms.NewFromConfig(c)
	out, err := client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &name})
	if err != nil {
		return nil, fmt.Errorf("read the public key of %s: %w", name, err)
	}
	public, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("read the public key of %s: %w", name, err)
	}
	key, err := keyOf(public)
	if err != nil || out.KeySpec != types.KeySpecEccNistP256 {
		return nil, fmt.Errorf(
			"key %s: its spec is %s; use ECC_NIST_P256 with the usage SIGN_VERIFY",
			name,
			out.KeySpec,
		)
	}
	key.sign = func(ctx context.Context, message []byte) ([]byte, error) {
		sum := sha256.Sum256(message)
		signed, err := client.Sign(ctx, &kms.SignInput{
			KeyId:            &name,
			Message:          sum[:],
			MessageType:      types.MessageTypeDigest,
			SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
		})
		if denied := smithy.APIError(nil); errors.As(err, &denied) && denied.ErrorCode() == "AccessDeniedException" {
			return nil, fmt.Errorf("sign with %s: %w: %w", name, ErrMayNotSign, err)
		}
		if err != nil {
			return nil, fmt.Errorf("sign with %s: %w", name, err)
		}
		return signed.Signature, nil
	}
	return key, nil
}
