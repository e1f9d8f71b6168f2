package settings

import "maps"

// Settings is what a whole cdktf.json declares under context.datalock.
type Settings struct {
	// Region is the AWS Region of every bucket that names none of its own.
	Region string
	// Account is the 12-digit AWS account ID that the stacks may be deployed
	// to, or empty for any. It becomes the provider's allowed_account_ids.
	Account string
	// Tags are put onto every resource, as the provider's default tags.
	Tags map[string]string
	// Endpoint is the URL of an S3-compatible server to use instead of AWS, or
	// empty for AWS.
	Endpoint string
	// Backend says where the Terraform state of each stack is kept.
	Backend Backend
	// Buckets maps the name of a stack to the one bucket that it holds.
	Buckets map[string]Bucket
	// Exceptions are the findings of the plan gate that are let pass.
	Exceptions []Exception
}

// Bucket is one immutable S3 bucket. Start from [DefaultBucket]: the zero
// value has no retention, which [Bucket.Validate] refuses.
type Bucket struct {
	// Name is the bucket's whole name. At most one of Name and NamePrefix is
	// set; where neither is, the prefix is the stack's name and a '-'.
	Name string
	// NamePrefix is the beginning of a name that Terraform completes with 26
	// characters of its own, so that it is unique.
	NamePrefix string
	// Region is the bucket's AWS Region; empty means that of Settings.
	Region string
	// Tags are put onto the bucket, beside Settings.Tags.
	Tags map[string]string
	// Account is the 12-digit ID of the account that owns the bucket. A
	// settings file has it once for all: see [Settings.BucketOf].
	Account string
	// Retention is the default retention of the bucket's new object versions.
	Retention Retention
	// Encryption is the default encryption of new versions.
	Encryption Encryption
	// MinimumTLSVersion is the oldest TLS version that requests may use.
	MinimumTLSVersion TLSVersion
	// DeleteMarkers says whether objects may be hidden by delete markers.
	DeleteMarkers DeleteMarkers
	// WriteOnce refuses every write to a key that has an object already.
	WriteOnce bool
	// Guardians are the ARNs of the IAM roles that alone may change the
	// bucket's configuration; where there are none, IAM decides.
	Guardians []string
	// Lifecycle says what S3 does with old data by itself.
	Lifecycle Lifecycle
	// PreventDestroy makes Terraform refuse every plan that would destroy the
	// bucket or what keeps it immutable (lifecycle.prevent_destroy).
	PreventDestroy bool
}

// DefaultBucket returns a bucket as it is declared by an empty JSON object:
// COMPLIANCE for 90 days, protected from destruction, with every guard that can
// lock nobody out.
func DefaultBucket() Bucket {
	return Bucket{
		Retention:         DefaultRetention(),
		Encryption:        Encryption{Algorithm: AES256},
		MinimumTLSVersion: TLS12,
		DeleteMarkers:     DenyDeleteMarkers,
		Lifecycle:         DefaultLifecycle(),
		PreventDestroy:    true,
	}
}

// NameOrPrefix returns the bucket's name and prefix, one of which is empty,
// with the default of a bucket in the stack of the given name filled in.
func (b Bucket) NameOrPrefix(stack string) (name, prefix string) {
	if b.Name == "" && b.NamePrefix == "" {
		return "", stack + "-"
	}
	return b.Name, b.NamePrefix
}

// RegionOf returns the AWS Region of the bucket in the named stack.
func (s Settings) RegionOf(stack string) string {
	if region := s.Buckets[stack].Region; region != "" {
		return region
	}
	return s.Region
}

// BucketOf returns the bucket of the named stack as the construct takes it:
// with the name, the Region and the account that follow from the whole file.
// At an endpoint, which has no AWS account, the guardians' stands for it.
func (s Settings) BucketOf(stack string) Bucket {
	b := s.Buckets[stack]
	b.Name, b.NamePrefix = b.NameOrPrefix(stack)
	b.Region, b.Account = s.RegionOf(stack), s.Account
	if !regionShape.MatchString(b.Region) {
		b.Region = "" // of a server at an endpoint: no part of any ARN
	}
	if b.Account == "" && s.Endpoint != "" {
		b.Account = accountOf(b.Guardians)
	}
	return b
}

// Stacks returns the names of the stacks in ascending byte order, which is
// the order of everything that is made from the settings.
func (s Settings) Stacks() []string {
	return sortedKeys(s.Buckets)
}

// mergedTags returns the tags that AWS will hold for a bucket: its own over
// those of the whole file.
func (s Settings) mergedTags(b Bucket) map[string]string {
	merged := maps.Clone(s.Tags)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, b.Tags)
	return merged
}
