package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"
)

// findBeside finds the signature and the description of the manifest, and what covers
// them, and checks the signature with the user's key. It leaves out those of another
// manifest, which an interrupted run left.
func (v *verifier) findBeside(ctx context.Context, text []byte) error {
	v.beside = map[string]bool{}
	root, bundles := v.result.RootDigest, map[string][]byte{}
	for _, name := range slices.Concat(signatureNames(root), croissantNames(root)) {
		key, versions, checked := v.at.meta(name), v.meta[name], v.o.Key != nil && isSignature(name)
		id, ok := oldestOf(versions)
		// Without a listing it is unknown whether the file exists.
		if !ok && (!checked || !v.unlisted) {
			continue
		}
		content, err := fetch(ctx, v.store, key, id)
		if errors.Is(err, errTooLarge) || v.unlisted && name != signatureName && store.Denied(err) {
			continue
		}
		switch {
		case err == nil && checked:
			bundles[name] = content
		case err == nil || store.NotFound(err):
		case checked || !store.Answered(err):
			return fmt.Errorf("read %s: %w", v.at.url(key), err)
		default:
			v.findf(Unknown, v.at.url(key), "couldn't be read, so it isn't known whether it is of this manifest: %s",
				store.Brief(err))
			continue
		}
		if ok && (err != nil || belongs(name, content, text)) {
			v.beside[name] = true
			v.oldest(key, versions, ManifestChanged)
		}
	}
	if v.o.Key == nil {
		return nil
	}
	name, why := v.signature(text, bundles)
	if v.result.SignatureChecked = why == ""; why != "" {
		v.findf(SignatureWrong, v.at.url(v.at.meta(name)), "%s", why)
	}
	return nil
}

// signature says what is wrong with which of the bundles, unless one is the key's
// signature of the manifest.
func (v *verifier) signature(text []byte, bundles map[string][]byte) (at, why string) {
	at, why = signatureName, "the dataset isn't signed"
	for _, name := range signatureNames(v.result.RootDigest) {
		bundle, ok := bundles[name]
		if !ok {
			continue
		}
		signed, err := v.o.Key.Open(bundle)
		switch {
		case err != nil:
			at, why = name, err.Error()
		case bytes.Equal(signed, text):
			return name, ""
		default:
			at, why = name, "it signs another manifest, with the root digest "+manifest.RootDigest(signed)
		}
	}
	return at, why
}
