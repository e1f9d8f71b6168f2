package settings

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Settings is what a whole cdktf.json declares under context.datalock.
type Settings struct {
	// Region is the AWS Region of every bucket that doesn't set its own.
	Region string
	// Account is the ID of the AWS account to deploy to, 12 digits, or empty
	// for any. It becomes the provider's allowed_account_ids.
	Account string
	// Tags are applied to every resource, as the provider's default tags.
	Tags map[string]string
	// AWSProviderVersion is the version constraint of the AWS provider; empty
	// means [DefaultAWSProviderVersion].
	AWSProviderVersion string
	// Endpoint is the URL of an S3-compatible server, or empty for AWS.
	Endpoint string
	// AllowPlainHTTP removes the statement that denies plain HTTP from the
	// bucket policies. It is required for an http Endpoint.
	AllowPlainHTTP bool
	// Output is the folder that cdktf writes the stacks to, relative to
	// cdktf.json, with '/' between folders; empty means [DefaultOutput]. It is
	// cdktf's own key in cdktf.json, outside context.
	Output string
	// Backend is where the Terraform state of each stack is kept.
	Backend Backend
	// Buckets maps the name of each stack to its bucket.
	Buckets map[string]Bucket
	// Check has settings of datalock check that aren't in the plan.
	Check Check
	// Exceptions are findings that datalock check accepts.
	Exceptions []Exception
}

// Bucket is one immutable S3 bucket. Start from [DefaultBucket]: the zero
// value has no retention, which [Bucket.Validate] refuses.
type Bucket struct {
	// Name is the bucket's full name. At most one of Name and NamePrefix is
	// set. If neither is, the prefix is the stack's name and a '-'.
	Name string
	// NamePrefix is the start of the bucket's name. Terraform appends 26
	// characters to make the name unique.
	NamePrefix string
	// Region is the bucket's AWS Region; empty means that of Settings.
	Region string
	// Tags are applied to the bucket, in addition to Settings.Tags.
	Tags map[string]string
	// Account is the ID of the account that owns the bucket, 12 digits. A
	// settings file sets it once for all buckets: see [Settings.BucketOf].
	Account string
	// Endpoint is the URL of the S3-compatible server, and AllowPlainHTTP
	// allows it to be http. A settings file sets both once for all buckets.
	Endpoint       string
	AllowPlainHTTP bool
	// Retention is the default retention of the bucket's new object versions.
	Retention Retention
	// Encryption is the default encryption of new versions.
	Encryption Encryption
	// MinimumTLSVersion is the oldest TLS version that the bucket accepts.
	MinimumTLSVersion TLSVersion
	// DeleteMarkers says whether delete markers can hide objects.
	DeleteMarkers DeleteMarkers
	// WriteOnce denies every write to a key that already has an object.
	WriteOnce bool
	// Guardians are the ARNs of the only IAM roles that may change the
	// bucket's configuration. If there are none, IAM decides.
	Guardians []string
	// Lifecycle is what S3 does with old data automatically.
	Lifecycle Lifecycle
	// ExpectedTB is the amount of data that the bucket will hold, in TB of
	// 1,024 GB, or 0 if unknown. It doesn't change the bucket.
	ExpectedTB float64
	// Renew says how long the bucket's datasets stay locked.
	Renew Renew
	// Evidence is a bucket for reports about this one, or nil.
	Evidence *Evidence
	// AccessLogs delivers the server access logs of the bucket to the evidence
	// bucket. It requires Evidence and an account.
	AccessLogs bool
	// Inventory is a regular list of all versions, or nil. It requires Evidence
	// and an account.
	Inventory *Inventory
	// Batch declares the role of S3 Batch Operations. It requires Evidence.
	Batch bool
	// Replica is a locked copy of the bucket in another Region, or nil. It
	// requires an account.
	Replica *Replica
	// DataEvents is a trail of the requests for the objects, with alarms, or
	// nil. It requires an account.
	DataEvents *DataEvents
	// Adopt says that the bucket exists: the stack imports it and these of its
	// configurations, named by their Terraform types, instead of creating
	// them. A list without entries is a bucket that has none of them; nil is
	// a bucket that the stack creates. It requires Name. See [Bucket.Adoptable].
	Adopt []string
	// PolicyStatements are the owner's own statements in the bucket policy, each
	// a JSON object as S3 accepts it. They come after those of the guards, in
	// this order. They require Name, which their resources contain.
	PolicyStatements []json.RawMessage
	// PreventDestroy makes Terraform refuse every plan that would destroy the
	// bucket or a resource that protects it (lifecycle.prevent_destroy).
	PreventDestroy bool
}

// DefaultBucket returns the bucket that an empty JSON object declares:
// COMPLIANCE for 90 days, protected from destruction, with every guard that
// can't lock anybody out.
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

// NameOrPrefix returns the bucket's name or its prefix; the other is empty. If
// the settings have neither, the prefix is made from the stack's name.
func (b Bucket) NameOrPrefix(stack string) (name, prefix string) {
	if b.Name == "" && b.NamePrefix == "" {
		return "", stack + "-"
	}
	return b.Name, b.NamePrefix
}

// StacksOf returns the stacks whose bucket can be the named one: the stack that
// has the name, otherwise those with the longest prefix of it. There are several
// only if they have the same prefix.
func (s Settings) StacksOf(bucket string) []string {
	var fitting []string
	longest := 0
	for _, stack := range s.Stacks() {
		name, prefix := s.Buckets[stack].NameOrPrefix(stack)
		switch {
		case name != "" && name == bucket:
			return []string{stack}
		case slices.Contains(slices.Collect(maps.Values(s.Buckets[stack].names())), bucket):
			return nil // its evidence bucket, its replica or the bucket of its trail
		case prefix == "" || !strings.HasPrefix(bucket, prefix) || len(prefix) < longest:
		case len(prefix) > longest:
			fitting, longest = []string{stack}, len(prefix)
		default:
			fitting = append(fitting, stack)
		}
	}
	return fitting
}

// StackOf returns the stack that declares the named bucket, as its own or as its
// evidence bucket, its replica or the bucket of its trail. It is empty if that
// isn't certain.
func (s Settings) StackOf(bucket string) string {
	for _, stack := range s.Stacks() {
		if slices.Contains(slices.Collect(maps.Values(s.Buckets[stack].names())), bucket) {
			return stack
		}
	}
	if fitting := s.StacksOf(bucket); len(fitting) == 1 {
		return fitting[0]
	}
	return ""
}

// RegionOf returns the AWS Region of the bucket in the named stack.
func (s Settings) RegionOf(stack string) string {
	if region := s.Buckets[stack].Region; region != "" {
		return region
	}
	return s.Region
}

// BucketOf returns the bucket of the named stack for the construct, with the
// name, Region, account and endpoint from the whole file. An endpoint has no
// AWS account, so the guardians' account is used.
func (s Settings) BucketOf(stack string) Bucket {
	b := s.Buckets[stack]
	b.Name, b.NamePrefix = b.NameOrPrefix(stack)
	b.Region, b.Account = s.RegionOf(stack), s.accountOf(b)
	b.Endpoint, b.AllowPlainHTTP = s.Endpoint, s.AllowPlainHTTP
	if !regionShape.MatchString(b.Region) {
		b.Region = "" // an endpoint's Region, which is in no ARN
	}
	if b.Account == "" && s.Endpoint != "" {
		b.Account = accountOf(b.Guardians)
	}
	return b
}

// accountOf returns the account of one of the file's buckets. Only a program
// can set it for a single bucket.
func (s Settings) accountOf(b Bucket) string {
	if s.Account != "" {
		return s.Account
	}
	return b.Account
}

// Stacks returns the names of the stacks in ascending byte order. Everything
// generated from the settings has this order.
func (s Settings) Stacks() []string {
	return sortedKeys(s.Buckets)
}

// mergedTags returns all tags of a bucket: the file's tags, overridden by the
// bucket's.
func (s Settings) mergedTags(b Bucket) map[string]string {
	merged := maps.Clone(s.Tags)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, b.Tags)
	return merged
}
