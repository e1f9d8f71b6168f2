package signing_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalock/dataset/signing"
)

var statement = []byte(`{"_type":"https://in-toto.io/Statement/v1"}`)

func encode(t *testing.T, kind string, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func privatePEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encode(t, "PRIVATE KEY", der, err)
}

func parse(t *testing.T, text []byte) *signing.Key {
	t.Helper()
	key, err := signing.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func p256(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestBundle signs with each kind of key and opens with its public half.
func TestBundle(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	nist := p256(t, elliptic.P256())
	sec1, err := x509.MarshalECPrivateKey(nist)
	for name, text := range map[string][]byte{
		"ECDSA": privatePEM(t, nist), "Ed25519": privatePEM(t, edwards),
		"EC PRIVATE KEY": encode(t, "EC PRIVATE KEY", sec1, err),
		"after parameters": append([]byte("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"),
			encode(t, "EC PRIVATE KEY", sec1, err)...),
	} {
		key := parse(t, text)
		bundle, err := key.Bundle(t.Context(), statement)
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicPEM()
		if err != nil {
			t.Fatal(err)
		}
		verifier := parse(t, public)
		if verifier.CanSign() || !key.CanSign() {
			t.Errorf("%s: the halves are mixed up", name)
		}
		if got, err := verifier.Open(bundle); err != nil || !bytes.Equal(got, statement) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if _, err := parse(t, privatePEM(t, p256(t, elliptic.P256()))).Open(bundle); err == nil {
			t.Errorf("%s: another key opens it", name)
		}
		for what, wrong := range map[string]string{
			"another payload": strings.Replace(string(bundle), "eyJf", "eyJg", 1),
			"another version": strings.Replace(string(bundle), "v0.3", "v0.2", 1),
			"another type":    strings.Replace(string(bundle), "application/vnd.in-toto+json", "text/plain", 1),
		} {
			if _, err := verifier.Open([]byte(wrong)); err == nil || wrong == string(bundle) {
				t.Errorf("%s: %s opens", name, what)
			}
		}
		if _, err := verifier.Bundle(t.Context(), statement); err == nil {
			t.Errorf("%s: a public key signs", name)
		}
	}
}

func TestKeysRefused(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"not PEM":   {[]byte("key"), "not PEM"},
		"RSA":       {privatePEM(t, weak), "use ECDSA P-256 or Ed25519"},
		"P-384":     {privatePEM(t, p256(t, elliptic.P384())), "use ECDSA P-256 or Ed25519"},
		"encrypted": {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY"}), "without a password"},
		"damaged":   {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), "asn1"},
	} {
		if _, err := signing.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := signing.Load(t.Context(), filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("a file that isn't there is read")
	}
	if _, err := signing.Load(
		t.Context(),
		"awskms:///alias/key",
	); err == nil ||
		!strings.Contains(err.Error(), "must be awskms:///ARN") {
		t.Errorf("no ARN: %v", err)
	}
}

// kms answers GetPublicKey and Sign as KMS does, with its own key.
func kms(t *testing.T, key *ecdsa.PrivateKey, spec string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			KeyID                         string `json:"KeyId"`
			MessageType, SigningAlgorithm string
			Message                       []byte
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		if !strings.HasPrefix(in.KeyID, "arn:aws:kms:eu-central-1:") ||
			!strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/kms/") {
			http.Error(w, `{"__type":"NotFoundException"}`, http.StatusBadRequest)
			return
		}
		out := map[string]any{"KeyId": in.KeyID}
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.GetPublicKey":
			der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
			out["PublicKey"], out["KeySpec"] = der, spec
		case "TrentService.Sign":
			if in.MessageType != "DIGEST" || in.SigningAlgorithm != "ECDSA_SHA_256" || len(in.Message) != 32 {
				http.Error(w, `{"__type":"ValidationException"}`, http.StatusBadRequest)
				return
			}
			if strings.Contains(r.Header.Get("Authorization"), "=MAYNOTSIGN/") {
				http.Error(w, `{"__type":"AccessDeniedException","Message":"not authorized to perform: kms:Sign"}`, 400)
				return
			}
			out["Signature"], _ = ecdsa.SignASN1(rand.Reader, key, in.Message)
		}
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_KMS", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_CA_BUNDLE", "")
}

// TestKMS signs through KMS's API; the key's Region is that of its ARN.
func TestKMS(t *testing.T) {
	const name = "awskms:///arn:aws:kms:eu-central-1:111122223333:key/1234abcd"
	nist := p256(t, elliptic.P256())
	kms(t, nist, "ECC_NIST_P256")
	key, err := signing.Load(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := key.Bundle(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parse(t, privatePEM(t, nist)).Open(bundle); err != nil || !bytes.Equal(got, statement) {
		t.Errorf("%q, %v", got, err)
	}
	if errors.Is(err, signing.ErrMayNotSign) {
		t.Error("a signature is denied")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "MAYNOTSIGN")
	if key, err = signing.Load(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if _, err := key.Bundle(t.Context(), statement); !errors.Is(err, signing.ErrMayNotSign) {
		t.Errorf("a denied signature: %v", err)
	}
	kms(t, nist, "ECC_SECG_P256K1")
	if _, err := signing.Load(
		t.Context(),
		name,
	); err == nil ||
		!strings.Contains(err.Error(), "use ECC_NIST_P256") {
		t.Errorf("another spec: %v", err)
	}
}

// TestLoad reads a key from a file.
func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, privatePEM(t, p256(t, elliptic.P256())), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := signing.Load(t.Context(), path); err != nil || !key.CanSign() {
		t.Errorf("%v", err)
	}
}
