package rehearse

import (
	"slices"
	"strings"
)

// features are the S3 features that resources need, by resource type.
var features = map[string]string{
	"aws_s3_bucket_public_access_block":                  "public access block",
	"aws_s3_bucket_ownership_controls":                   "ownership controls",
	"aws_s3_bucket_lifecycle_configuration":              "lifecycle configuration",
	"aws_s3_bucket_server_side_encryption_configuration": "default encryption",
	"aws_s3_bucket_object_lock_configuration":            "Object Lock",
	"aws_s3_bucket_versioning":                           "versioning",
	"aws_s3_bucket_policy":                               "bucket policies",
	"aws_s3_bucket_logging":                              "server access logging",
	"aws_s3_bucket_inventory":                            "S3 Inventory",
	"aws_kms_key":                                        "AWS KMS",
}

// refusals are the errors of servers that don't support a request.
var refusals = []string{
	"NotImplemented", "StatusCode: 501", "StatusCode: 405", "MethodNotAllowed", "MalformedXML", "UnsupportedOperation",
	"not implemented", "no such host",
}

// A lackingError says which features the S3 server lacks.
type lackingError struct {
	features []string
	// made are the resources that were created and still exist, such as
	// "aws_s3_bucket.bucket (name)".
	made             []string
	bucket, endpoint string
	cause            error
}

// Error lists the missing features, the resources that stay, and what can still
// be done.
func (e *lackingError) Error() string {
	text := "this server lacks what the stack needs: " + strings.Join(e.features, ", ")
	if len(e.made) > 0 {
		text += "\ncreated and still there: " + strings.Join(e.made, ", ")
	}
	if e.bucket != "" {
		text += "\nto test only the bucket: datalock prove --bucket " + e.bucket + " --endpoint " + e.endpoint
	}
	return text + "\nTerraform said: " + e.cause.Error()
}

func (e *lackingError) Unwrap() error { return e.cause }

// lacking returns a [lackingError] if an apply failed because the server lacks a
// feature, and otherwise the error itself.
func lacking(messages, endpoint string, err error) error {
	e := &lackingError{endpoint: endpoint, cause: err}
	for _, m := range parse(messages) {
		switch {
		case m.Type == "apply_complete":
			made := m.Hook.Resource.Addr
			if m.Hook.ID != "" {
				made += " (" + m.Hook.ID + ")"
			}
			e.made = append(e.made, made)
			if kind, _, _ := strings.Cut(m.Hook.Resource.Addr, "."); kind == "aws_s3_bucket" {
				e.bucket = m.Hook.ID
			}
		case m.Type == "diagnostic" && m.Diagnostic.Severity == "error":
			kind, _, _ := strings.Cut(m.Diagnostic.Address, ".")
			says := m.Diagnostic.Summary + " " + m.Diagnostic.Detail
			refused := slices.ContainsFunc(refusals, func(word string) bool { return strings.Contains(says, word) })
			if features[kind] == "" || !refused {
				return err
			}
			e.features = append(e.features, features[kind])
		}
	}
	if len(e.features) == 0 {
		return err
	}
	return e
}
