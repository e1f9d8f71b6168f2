package rehearse

import (
	"errors"
	"strings"
	"testing"
)

// TestLacking reads terraform's messages about a server without public access
// blocks.
func TestLacking(t *testing.T) {
	const (
		made = `{"type":"apply_complete","hook":{"resource":{"addr":"aws_s3_bucket.bucket"},"id_key":"id","id_value":"acme-data"}}`
		said = `{"type":"diagnostic","diagnostic":{"severity":"error","summary":"creating S3 Bucket (acme-data) Public ` +
			`Access Block",` +
			`"detail":"operation error S3: PutPublicAccessBlock, https response error StatusCode: 501, api error ` +
			`NotImplemented: A header you provided",` +
			`"address":"aws_s3_bucket_public_access_block.public-access"}}`
		other = `{"type":"diagnostic","diagnostic":{"severity":"error","summary":"creating S3 Bucket ` +
			`Policy","detail":"AccessDenied","address":"aws_s3_bucket_policy.policy"}}`
	)
	cause := errors.New("the raw error")
	const endpoint = "http://127.0.0.1:9000"
	got := lacking(made+"\n"+said+"\n", endpoint, cause)
	for _, want := range []string{
		"this server lacks what the stack needs: public access block\n", "still there: aws_s3_bucket.bucket (acme-data)",
		"datalock prove --bucket acme-data --endpoint http://127.0.0.1:9000", "the raw error",
	} {
		if !strings.Contains(got.Error(), want) {
			t.Errorf("%q doesn't say %q", got, want)
		}
	}
	for name, messages := range map[string]string{
		"another error": made + "\n" + other,
		"both":          said + "\n" + other,
		"none":          made,
	} {
		if got := lacking(messages, endpoint, cause); got != cause { //nolint:errorlint // the very error
			t.Errorf("%s: %v, want the error as it was", name, got)
		}
	}
}
