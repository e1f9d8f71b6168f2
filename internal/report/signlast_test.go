package report_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/report"
)

var errNoSign = errors.New("not allowed to sign")

type noSigner struct{}

func (noSigner) Bundle(context.Context, []byte) ([]byte, error) { return nil, errNoSign }

// TestSignsLast: a key that can't sign, such as one with only kms:GetPublicKey,
// doesn't cost the report.
func TestSignsLast(t *testing.T) {
	for name, write := range map[string]func(dir string) ([]string, error){
		"verify": func(dir string) ([]string, error) {
			v := dataset.Verification{
				Location: dataset.Location{Bucket: "data", Prefix: "set"}, Level: dataset.Read,
				RootDigest: strings.Repeat("0", 64), Ended: time.Now(),
			}
			return report.NewVerification(v).Write(t.Context(), dir, noSigner{})
		},
		"prove": func(dir string) ([]string, error) {
			folder, err := report.Open(dir)
			if err != nil {
				return nil, err
			}
			r := report.New(report.Proof, time.Now())
			r.End(time.Now(), nil)
			return folder.Finish(t.Context(), r, noSigner{})
		},
	} {
		dir := t.TempDir()
		paths, err := write(dir)
		if !errors.Is(err, errNoSign) || len(paths) != 4 {
			t.Errorf("%s: %q, %v", name, paths, err)
		}
		for _, file := range []string{"report.html", "report.md", "report.json", "report.intoto.json"} {
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
