package settings

import "strings"

// Validate returns every rule of AWS and Terraform that the settings break, in
// a stable order. If it returns none, the settings can be deployed.
func (s Settings) Validate() Mistakes {
	ms := validateRegion("region", s.Region, s.Endpoint)
	ms = append(ms, s.validateAccount()...)
	ms = append(ms, validateTags("tags", s.Tags)...)
	ms = append(ms, s.validateRoleTags()...)
	ms = append(ms, s.validateProviderVersion()...)
	ms = append(ms, validateEndpoint("endpoint", s.Endpoint)...)
	ms = append(ms, s.validatePlainHTTP()...)
	ms = append(ms, s.Backend.validate("backend", s)...)
	stacks := s.Stacks()
	ms = append(ms, validateStackNames(stacks)...)
	for _, stack := range stacks {
		path, b := join("buckets", stack), s.Buckets[stack]
		ms = append(ms, b.validate(path, stack, place{s.RegionOf(stack), s.accountOf(b), s.Endpoint})...)
		ms = append(ms, validateTagCount(join(path, "tags"), s.mergedTags(b))...)
	}
	ms = append(ms, s.validateDistinctNames(stacks)...)
	ms = append(ms, s.validateTrails(stacks)...)
	ms = append(ms, s.Check.validate("check")...)
	return append(ms, validateExceptions("exceptions", s.Exceptions, stacks)...)
}

// Validate returns every rule that a single bucket breaks, for programs that
// use the construct without a settings file. The paths in the mistakes start
// with the given id.
func (b Bucket) Validate(id string) Mistakes {
	var ms Mistakes
	if b.Region == "" && b.Endpoint == "" {
		ms = validateRegion(join(id, "region"), "", "")
	}
	return append(ms, b.validate(id, id, place{region: b.Region, account: b.Account, endpoint: b.Endpoint})...)
}

// A place is where a bucket will be, as far as the settings say; each field may
// be empty.
type place struct{ region, account, endpoint string }

func (b Bucket) validate(path, stack string, in place) Mistakes {
	ms := b.validateName(path, stack)
	if b.Region != "" {
		ms = append(ms, validateRegion(join(path, "region"), b.Region, in.endpoint)...)
	}
	ms = append(ms, validateTags(join(path, "tags"), b.Tags)...)
	ms = append(ms, b.Retention.validate(join(path, "retention"))...)
	ms = append(ms, b.Retention.validateMaximum(join(path, "retention"))...)
	ms = append(ms, b.Renew.validate(join(path, "renew"), b.Retention)...)
	ms = append(ms, b.validateGuards(path, in)...)
	ms = append(ms, b.validateTopology(path, stack, in)...)
	ms = append(ms, b.validateAdopt(join(path, "adopt"))...)
	return append(ms, b.validateStatements(join(path, "policyStatements"), in)...)
}

// validateDistinctNames finds two buckets with the same name: bucket names are
// unique across all accounts and Regions of a partition.
func (s Settings) validateDistinctNames(stacks []string) Mistakes {
	var ms Mistakes
	owner := map[string]string{}
	for _, stack := range stacks {
		names := s.Buckets[stack].names()
		for _, key := range sortedKeys(names) {
			name := names[key]
			if first, taken := owner[name]; taken {
				ms.add(join("buckets", stack)+"."+key, quote(name),
					"is also the name of the bucket in stack "+quote(first)+", and bucket names are unique",
					"rename one of the buckets")
				continue
			}
			owner[name] = stack
			if s.Backend.S3 != nil && strings.EqualFold(s.Backend.S3.Bucket, name) {
				ms.add("backend.s3.bucket", quote(name),
					"is an immutable bucket of this file, so Terraform couldn't delete its own locks and old states",
					"keep the state in another bucket")
			}
		}
	}
	return ms
}
