package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"datalock/dataset/signing"
)

// TestOutsider: sigstore-go takes what Datalock signed, by the right key and of
// the right manifest only.
func TestOutsider(t *testing.T) {
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, private := range map[string]any{"ECDSA P-256": elliptical, "Ed25519": edwards} {
		t.Run(name, func(t *testing.T) {
			key, public := write(t, private)
			manifest := []byte(`{"_type":"https://in-toto.io/Statement/v1"}`)
			bundle, err := key.Bundle(t.Context(), manifest)
			if err != nil {
				t.Fatal(err)
			}
			signed, other := file(t, bundle), file(t, append(manifest, '\n'))
			right := file(t, manifest)
			if err := run([]string{signed, right, public}); err != nil {
				t.Error(err)
			}
			if err := run([]string{signed, other, public}); err == nil {
				t.Error("another manifest is taken")
			}
			stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if _, theirs := write(t, stranger); run([]string{signed, right, theirs}) == nil {
				t.Error("another key is taken")
			}
		})
	}
}

// write returns a key, and the file of its public half.
func write(t *testing.T, private any) (*signing.Key, string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signing.Parse(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	var public any
	switch k := private.(type) {
	case *ecdsa.PrivateKey:
		public = k.Public()
	case ed25519.PrivateKey:
		public = k.Public()
	}
	if der, err = x509.MarshalPKIXPublicKey(public); err != nil {
		t.Fatal(err)
	}
	return key, file(t, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func file(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
