package signing

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// A Key signs, or only checks signatures.
type Key struct {
	public crypto.PublicKey
	// sign is nil for a public key.
	sign func(ctx context.Context, message []byte) ([]byte, error)
}

// Load reads a key from the path of a PEM file or awskms:///ARN.
func Load(ctx context.Context, name string) (*Key, error) {
	if arn, ok := strings.CutPrefix(name, kmsScheme); ok {
		return loadKMS(ctx, arn)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	key, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the key %s: %w", name, err)
	}
	return key, nil
}

// Parse reads a private or a public key from PEM.
func Parse(text []byte) (*Key, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, errors.New("not PEM; create a key with: openssl ecparam -name prime256v1 -genkey -noout")
	}
	// openssl writes the curve's parameters before the key.
	for block != nil && block.Type == "EC PARAMETERS" {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("it contains parameters but no key")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	default:
		return nil, fmt.Errorf(
			"it is a %q, but must be a PRIVATE KEY, EC PRIVATE KEY or PUBLIC KEY, without a password",
			block.Type,
		)
	}
	if err != nil {
		return nil, err
	}
	return keyOf(key)
}

func keyOf(key any) (*Key, error) {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return &Key{&k.PublicKey, func(_ context.Context, message []byte) ([]byte, error) {
				sum := sha256.Sum256(message)
				return ecdsa.SignASN1(rand.Reader, k, sum[:])
			}}, nil
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return &Key{public: k}, nil
		}
	case ed25519.PrivateKey:
		return &Key{
			k.Public(),
			func(_ context.Context, message []byte) ([]byte, error) { return ed25519.Sign(k, message), nil },
		}, nil
	case ed25519.PublicKey:
		return &Key{public: k}, nil
	}
	return nil, fmt.Errorf("its type %T or its curve is not supported; use ECDSA P-256 or Ed25519", key)
}

// CanSign reports whether the key is a private key.
func (k *Key) CanSign() bool { return k.sign != nil }

// PublicPEM returns the public key.
func (k *Key) PublicPEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// Hint identifies the public key in a bundle: the SHA-256 of its PEM in hex, as
// in OpenSSF Model Signing.
func (k *Key) Hint() (string, error) {
	text, err := k.PublicPEM()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func (k *Key) verify(message, signature []byte) bool {
	switch public := k.public.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(public, sum[:], signature)
	case ed25519.PublicKey:
		return ed25519.Verify(public, message, signature)
	}
	return false
}
