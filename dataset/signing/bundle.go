package signing

import (
	"context"
	"errors"
	"fmt"

	"datalock/dataset/manifest"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	bundlepb "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	commonpb "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	dssepb "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	"google.golang.org/protobuf/encoding/protojson"
)

// bundleType is the media type of a Sigstore bundle v0.3.
const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// Bundle signs a statement and returns a Sigstore bundle as JSON.
func (k *Key) Bundle(ctx context.Context, statement []byte) ([]byte, error) {
	if !k.CanSign() {
		return nil, errors.New("sign: the key is a public key; pass a private key")
	}
	signature, err := k.sign(ctx, dsse.PAE(manifest.PayloadType, statement))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	hint, err := k.Hint()
	if err != nil {
		return nil, err
	}
	text, err := protojson.Marshal(&bundlepb.Bundle{
		MediaType: bundleType,
		VerificationMaterial: &bundlepb.VerificationMaterial{
			Content: &bundlepb.VerificationMaterial_PublicKey{PublicKey: &commonpb.PublicKeyIdentifier{Hint: hint}},
		},
		Content: &bundlepb.Bundle_DsseEnvelope{DsseEnvelope: &dssepb.Envelope{
			Payload: statement, PayloadType: manifest.PayloadType,
			Signatures: []*dssepb.Signature{{Sig: signature}},
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("encode the bundle: %w", err)
	}
	return append(text, '\n'), nil
}

// Open checks a bundle's signature and returns the statement that it signs.
func (k *Key) Open(bundle []byte) ([]byte, error) {
	envelope, err := read(bundle)
	if err != nil {
		return nil, err
	}
	message := dsse.PAE(envelope.PayloadType, envelope.Payload)
	for _, s := range envelope.Signatures {
		if k.verify(message, s.Sig) {
			return envelope.Payload, nil
		}
	}
	return nil, errors.New("the signature isn't by this key")
}

// Unchecked returns the statement in a bundle, which anybody may have written.
func Unchecked(bundle []byte) ([]byte, error) {
	envelope, err := read(bundle)
	if err != nil {
		return nil, err
	}
	return envelope.Payload, nil
}

func read(bundle []byte) (*dssepb.Envelope, error) {
	var b bundlepb.Bundle
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(bundle, &b); err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	envelope := b.GetDsseEnvelope()
	if b.MediaType != bundleType || envelope == nil {
		return nil, fmt.Errorf("read the bundle: it is a %q, not a %s with a DSSE envelope", b.MediaType, bundleType)
	}
	if envelope.PayloadType != manifest.PayloadType {
		return nil, fmt.Errorf(
			"read the bundle: its payload is a %q, not a %s",
			envelope.PayloadType,
			manifest.PayloadType,
		)
	}
	return envelope, nil
}
