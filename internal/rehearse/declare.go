package rehearse

import (
	"maps"
	"slices"
	"strings"

	"datalock/internal/prove"
	"datalock/settings"
)

// lifecycleType is the resource that a quick rehearsal leaves out.
const lifecycleType = "aws_s3_bucket_lifecycle_configuration"

// quickChange is the report's text about what a quick rehearsal leaves out.
const quickChange = "the lifecycle configuration is left out, because the AWS provider waits 55 seconds for it"

// A Situation is what [Declare] takes into account.
type Situation struct {
	// Shared means that others use the server too, Quick that the lifecycle
	// configuration is left out, Existing that the bucket is there already, and
	// DataOnly that the replica's bucket and the trail's aren't needed.
	Shared, Quick, Existing, DataOnly bool
}

// Declare returns the settings of one stack for a rehearsal on an S3 server at
// the endpoint, and a description of each change for the report.
func Declare(s settings.Settings, stack, endpoint string, in Situation) (settings.Settings, []string) {
	changes := []string{"the provider uses the rehearsal's S3 server, with path-style requests"}
	b := s.Buckets[stack]
	left := append(withoutKeys(&b, in), leaveOut(&b, in)...)
	if b.Adopted() && !in.Existing {
		b.Adopt = nil
		changes = append(changes, "adopt is left out: the stack creates the bucket; --adopt rehearses the imports")
	}
	changes = append(changes, notImported(&b)...)
	switch {
	case in.Quick:
		if !hasParts(b) { // those are for AWS alone, which takes a lifecycle
			b.Lifecycle = settings.DefaultLifecycle()
			b.Lifecycle.Disabled = true
		}
		b.Adopt = slices.DeleteFunc(slices.Clone(b.Adopt), func(kind string) bool { return kind == lifecycleType })
		changes = append(changes, quickChange)
	case s.Endpoint == "" && len(b.Guardians) == 0 && !hasParts(b):
		changes = append(changes, "the bucket policy doesn't wait for the lifecycle configuration, as at every endpoint")
	}
	if s.Account != "" {
		// The policies still name it.
		s.Account, b.Account = "", s.Account
		changes = append(changes, "account is left out: the server has no AWS account for the provider to check")
	}
	if s.Backend.S3 != nil || s.Backend.Cloud != nil || s.Backend.Local != nil {
		changes = append(changes, "the Terraform state is kept in the rehearsal's folder, not in the declared backend")
	}
	s.Backend, s.Output = settings.Backend{}, ""
	changes = append(changes, left...)
	if asGuardian(b) && !in.Shared {
		changes = append(changes, "the stack is deployed by a user whom no bucket policy binds, in place of a guardian")
	}
	if in.Shared {
		changes = append(changes, freeNames(&b)...)
	}
	plain := strings.HasPrefix(endpoint, "http://")
	switch {
	case plain && !s.AllowPlainHTTP:
		changes = append(changes, "the policy allows plain HTTP, because the endpoint uses it")
	case !plain && s.AllowPlainHTTP:
		changes = append(changes, "the policy denies plain HTTP, because the endpoint uses TLS")
	}
	s.Endpoint, s.AllowPlainHTTP = endpoint, plain
	if hasParts(b) {
		// They are for AWS alone; the environment has the endpoint instead.
		s.Endpoint = ""
	}
	s.Buckets = maps.Clone(s.Buckets)
	maps.DeleteFunc(s.Buckets, func(name string, _ settings.Bucket) bool { return name != stack })
	s.Buckets[stack] = b
	return s, changes
}

// notMade are the configurations that a rehearsal's bucket is made without: their
// other ends, such as buckets, roles and topics, aren't on the server.
var notMade = []string{
	"aws_s3_bucket_logging", "aws_s3_bucket_inventory", "aws_s3_bucket_replication_configuration",
	"aws_s3_bucket_notification",
}

// notImported removes from the imports what the bucket is made without, and returns
// what it removed.
func notImported(b *settings.Bucket) []string {
	var left []string
	b.Adopt = slices.DeleteFunc(slices.Clone(b.Adopt), func(kind string) bool {
		is := slices.Contains(notMade, kind)
		if is {
			left = append(left, kind)
		}
		return is
	})
	if len(left) == 0 {
		return nil
	}
	return []string{"created instead of imported, because the rehearsal's bucket is made without them: " +
		strings.Join(left, ", ")}
}

// longestPrefix leaves room for the 26 characters that Terraform appends.
const longestPrefix = 63 - 26

// freeNames replaces names by prefixes, on a server that others use too, and
// returns what it replaced.
func freeNames(b *settings.Bucket) []string {
	var changes []string
	if b.Name != "" {
		longest := longestPrefix
		if b.Evidence != nil {
			longest -= len(settings.EvidenceSuffix)
		}
		b.NamePrefix, b.Name = strings.TrimRight(b.Name[:min(len(b.Name), longest-1)], ".-")+"-", ""
		changes = append(changes,
			"the bucket's name is used as a prefix, so that the name stays free and the rehearsal can be repeated")
		if b.Evidence != nil && b.Evidence.Name != "" {
			evidence := *b.Evidence
			evidence.Name, b.Evidence = "", &evidence
			changes = append(changes, "the evidence bucket's name follows from the bucket's, for the same reason")
		}
	}
	return changes
}

// GuardsOf returns what the policy of a declared bucket denies, for the trials.
func GuardsOf(b settings.Bucket) prove.Guards {
	g := prove.Guards{
		Declared: []prove.Guard{
			prove.OldTLS, prove.RetentionFloor, prove.RetentionCeiling, prove.NoEventHold, prove.NoBypass,
			prove.SameEncryption, prove.NoCustomerKey,
		},
		CeilingDays: b.Retention.Ceiling(),
		MinimumTLS:  string(b.MinimumTLSVersion),
	}
	declare := func(when bool, guards ...prove.Guard) {
		if when {
			g.Declared = append(g.Declared, guards...)
		}
	}
	declare(!b.AllowPlainHTTP, prove.TLSOnly)
	if !b.Encryption.MakesKey() {
		g.Algorithm = string(b.Encryption.Algorithm)
	}
	declare(b.Encryption.KeyARN != "", prove.NoOtherKey, prove.NoUnnamedKey)
	declare(b.Retention.Mode == settings.Compliance, prove.NoWeakerMode)
	declare(b.DeleteMarkers == settings.DenyDeleteMarkers, prove.NoDeleteMarkers)
	declare(b.WriteOnce, prove.WriteOnce)
	declare(len(b.Guardians) > 0, prove.SealConfiguration, prove.SealACLs, prove.SealHolds)
	return g
}
