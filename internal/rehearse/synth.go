package rehearse

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"datalock/internal/jsiihost"
	"datalock/internal/stack"
	"datalock/settings"
	"datalock/slimcache"
)

// A Synthesiser turns settings into Terraform JSON below outdir, as
// stacks/NAME/cdk.tf.json.
type Synthesiser interface {
	Synth(s settings.Settings, outdir string) error
	Close()
}

// node synthesises with cdktf, in the Node.js process of a host.
type node struct {
	host    *jsiihost.Host
	context map[string]any
	ready   bool
}

// NewSynthesiser returns one that uses cdktf. context is cdktf's own context,
// as [stack.Synth] takes it.
func NewSynthesiser(host *jsiihost.Host, context map[string]any) Synthesiser {
	return &node{host: host, context: context}
}

func (n *node) Synth(s settings.Settings, outdir string) error {
	// jsii unpacks into the temporary folder; in the rehearsal's own it goes
	// even when this process is killed.
	defer withTemp(filepath.Dir(outdir))()
	if !n.ready {
		slimcache.Use()
		if err := n.host.Ready(); err != nil {
			return err
		}
		n.ready = true
	}
	return stack.Synth(s, n.context, outdir)
}

func (n *node) Close() { n.host.Close() }

// withTemp makes dir the temporary folder of this process, and returns what
// undoes it.
func withTemp(dir string) (undo func()) {
	was, set := os.LookupEnv("TMPDIR")
	if os.Setenv("TMPDIR", dir) != nil || !set {
		return func() { _ = os.Unsetenv("TMPDIR") }
	}
	return func() { _ = os.Setenv("TMPDIR", was) }
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
