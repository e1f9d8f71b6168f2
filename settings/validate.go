package settings

import "strings"

// Validate returns every rule of AWS and Terraform that the settings break,
// in a stable order; it is empty where they may be deployed.
func (s Settings) Validate() Mistakes {
	var ms Mistakes
	ms.region("region", s.Region, s.Endpoint)
	ms.account(s)
	ms.tags("tags", s.Tags)
	ms.endpoint("endpoint", s.Endpoint)
	ms.backend("backend", s)
	stacks := s.Stacks()
	ms.stackNames(stacks)
	for _, stack := range stacks {
		path, b := join("buckets", stack), s.Buckets[stack]
		ms = append(ms, b.validate(path, stack, place{s.RegionOf(stack), s.Account, s.Endpoint})...)
		ms.tagCount(join(path, "tags"), s.mergedTags(b))
	}
	ms.distinctNames(s, stacks)
	ms.exceptions("exceptions", s.Exceptions)
	return ms
}

// Validate returns every rule that a bucket breaks on its own, for programs
// that use the construct without a settings file. The paths in the mistakes
// begin with the given id.
func (b Bucket) Validate(id string) Mistakes {
	return b.validate(id, id, place{region: b.Region, account: b.Account})
}

func (b Bucket) validate(path, stack string, in place) Mistakes {
	var ms Mistakes
	ms.naming(path, stack, b)
	if b.Region != "" {
		ms.region(join(path, "region"), b.Region, in.endpoint)
	}
	ms.tags(join(path, "tags"), b.Tags)
	ms.retention(join(path, "retention"), b.Retention)
	ms.maximum(join(path, "retention"), b.Retention)
	ms.guards(path, b, in)
	return ms
}

// distinctNames finds two buckets of one name: bucket names are unique across
// all accounts and Regions of a partition.
func (ms *Mistakes) distinctNames(s Settings, stacks []string) {
	owner := map[string]string{}
	for _, stack := range stacks {
		name := s.Buckets[stack].Name
		if name == "" {
			continue
		}
		path := join(join("buckets", stack), "name")
		if first, taken := owner[name]; taken {
			ms.add(path, quote(name), "is the name of the bucket in stack "+quote(first)+" too, and bucket names are unique", "rename one of the two buckets")
			continue
		}
		owner[name] = stack
		if s.Backend.S3 != nil && strings.EqualFold(s.Backend.S3.Bucket, name) {
			ms.add("backend.s3.bucket", quote(name), "is an immutable bucket of this file, where Terraform could not remove its own locks and old states", "keep the state in another bucket")
		}
	}
}
