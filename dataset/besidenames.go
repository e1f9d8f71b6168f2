package dataset

import (
	"bytes"
	"regexp"

	"datalock/dataset/manifest"
	"datalock/dataset/signing"
)

// A manifest's signature and Croissant description have fixed names. If an
// interrupted run left those of another manifest, which can't be replaced, they have
// names with the root digest.
const rootInName = 16

func signatureNames(root string) []string {
	return []string{signatureName, "manifest-" + root[:rootInName] + ".sigstore.json"}
}

func croissantNames(root string) []string {
	return []string{croissantName, "croissant-" + root[:rootInName] + ".json"}
}

var (
	signatureShape = regexp.MustCompile(`^manifest(-[0-9a-f]{16})?\.sigstore\.json$`)
	croissantShape = regexp.MustCompile(`^croissant(-[0-9a-f]{16})?\.json$`)
)

// isSignature reports whether a name is that of a manifest's signature, and isBeside
// whether it is that or that of a Croissant description.
func isSignature(name string) bool { return signatureShape.MatchString(name) }

func isBeside(name string) bool { return isSignature(name) || croissantShape.MatchString(name) }

// belongs reports whether a signature or a description is of a manifest. It doesn't
// check who signed.
func belongs(name string, content, text []byte) bool {
	if !isSignature(name) {
		return bytes.Contains(content, []byte(manifest.RootDigest(text)))
	}
	signed, err := signing.Unchecked(content)
	return err == nil && bytes.Equal(signed, text)
}
