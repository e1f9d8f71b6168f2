package rehearse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"datalock/internal/jsiihost"
	"datalock/internal/stack"
	"datalock/settings"
)

// A Synthesiser writes the Terraform JSON of settings to
// outdir/stacks/NAME/cdk.tf.json.
type Synthesiser interface {
	Synth(ctx context.Context, s settings.Settings, outdir string) error
	Close()
}

// node synthesizes with cdktf, in the Node.js process of a host.
type node struct {
	stderr  *os.File
	context map[string]any
	host    *jsiihost.Host
}

// NewSynthesiser returns a Synthesiser that uses cdktf. It starts node when
// first needed, and prints to stderr if node is slow. context is cdktf's own
// context, as in [stack.Synth].
func NewSynthesiser(stderr *os.File, context map[string]any) Synthesiser {
	return &node{stderr: stderr, context: context}
}

func (n *node) Synth(ctx context.Context, s settings.Settings, outdir string) (err error) {
	if n.host == nil {
		// node writes to the rehearsal's folder, which is removed even if this
		// process is killed.
		if n.host, err = jsiihost.Start(ctx, n.stderr, filepath.Dir(outdir)); err != nil {
			return err
		}
	}
	return stack.Synth(s, n.context, outdir)
}

func (n *node) Close() {
	if n.host != nil {
		n.host.Close()
		n.host = nil
	}
}

// jsonOf returns the path of the Terraform JSON of a stack.
func jsonOf(outdir, name string) string {
	return filepath.Join(outdir, "stacks", name, "cdk.tf.json")
}

// fingerprint returns the SHA-256 of a file in hex.
func fingerprint(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the Terraform JSON: %w", err)
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:]), nil
}
