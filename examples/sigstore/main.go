// Command sigstore checks the signature of a dataset with sigstore-go, which
// knows nothing of Datalock:
//
//	go run . manifest.sigstore.json manifest.json public.pem
//
// It prints the root digest of the manifest that was signed.
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sigstore:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return errors.New("name the bundle, the manifest and the public key")
	}
	manifest, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	material, err := trusted(args[2])
	if err != nil {
		return err
	}
	signed, err := bundle.LoadJSONFromPath(args[0])
	if err != nil {
		return fmt.Errorf("read the bundle: %w", err)
	}
	// There is no certificate and no transparency log: the key is what is
	// trusted, and it doesn't say when it signed.
	verifier, err := verify.NewVerifier(material, verify.WithNoObserverTimestamps())
	if err != nil {
		return err
	}
	if _, err := verifier.Verify(signed, verify.NewPolicy(verify.WithoutArtifactUnsafe(), verify.WithKey())); err != nil {
		return fmt.Errorf("verify the bundle: %w", err)
	}
	envelope, err := signed.Envelope()
	if err != nil {
		return err
	}
	payload, err := envelope.RawEnvelope().DecodeB64Payload()
	if err != nil {
		return err
	}
	if !bytes.Equal(payload, manifest) {
		return errors.New("the bundle signs another manifest")
	}
	fmt.Printf("%x\n", sha256.Sum256(manifest))
	return nil
}

// trusted trusts a public key in PEM, at any time.
func trusted(path string) (root.TrustedMaterial, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: isn't PEM", path)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	verifier, err := signature.LoadDefaultVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(verifier, time.Time{}, time.Time{}), nil
	}), nil
}
