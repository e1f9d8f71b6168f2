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

// A Synthesiser turns settings into Terraform JSON below outdir, as
// stacks/NAME/cdk.tf.json.
type Synthesiser interface {
	Synth(ctx context.Context, s settings.Settings, outdir string) error
	Close()
}

// node synthesises with cdktf, in the Node.js process of a host.
type node struct {
	stderr  *os.File
	context map[string]any
	host    *jsiihost.Host
}

// NewSynthesiser returns one that uses cdktf and starts node when it is first
// needed. context is cdktf's own context, as [stack.Synth] takes it; what node
// is waited for is said on stderr.
func NewSynthesiser(stderr *os.File, context map[string]any) Synthesiser {
	return &node{stderr: stderr, context: context}
}

func (n *node) Synth(ctx context.Context, s settings.Settings, outdir string) (err error) {
	if n.host == nil {
		// What node writes lies in the rehearsal's folder, which the next
		// rehearsal removes if this process is killed.
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

// jsonOf is where the Terraform JSON of a stack lies.
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
