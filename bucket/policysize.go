package bucket

import (
	"fmt"
	"strings"

	"datalock/internal/policy"
	"datalock/settings"
)

// MaximumPolicySize is AWS's limit for a bucket policy in bytes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
const MaximumPolicySize = 20 * 1024

// deny returns a statement that applies to everybody.
func deny(sid string, actions []string, resources []string, when policy.Conditions) policy.Statement {
	return policy.Statement{
		Sid: sid, Effect: "Deny", Principal: policy.Principals{policy.Everybody},
		Action: actions, Resource: resources, Condition: when,
	}
}

// bucketPolicies returns the policies of all buckets of the topology.
func bucketPolicies(config settings.Bucket, name string) []policy.Document {
	all := []policy.Document{policyOf(config, name)}
	if config.Evidence != nil {
		evidence := evidenceOf(config, name)
		all = append(all, evidencePolicy(config, evidence, name, evidence.Name))
	}
	if config.Replica != nil {
		replica := replicaOf(config, name)
		all = append(all, replicaPolicy(replica, replica.Name))
	}
	if config.DataEvents != nil {
		trail := trailOf(config, name)
		all = append(all, trailPolicy(name)(trail, trail.Name))
	}
	return all
}

// policyMistakes returns a mistake if a bucket policy would be larger than AWS
// allows.
func policyMistakes(path string, config settings.Bucket) settings.Mistakes {
	// The name that Terraform makes from a prefix isn't known yet. Assume the
	// longest.
	name := config.Name
	if name == "" {
		name = strings.Repeat("x", 63)
	}
	size := 0
	for _, d := range bucketPolicies(config, name) {
		size = max(size, len(d.String()))
	}
	if size <= MaximumPolicySize {
		return nil
	}
	guards := len(policyOf(withoutOwners(config), name).String())
	if len(config.PolicyStatements) > 0 && guards <= MaximumPolicySize {
		return settings.Mistakes{{
			Path: path + ".policyStatements",
			Allowed: fmt.Sprintf("make the bucket policy %d bytes long, but AWS allows %d, and the guards take %d",
				size, MaximumPolicySize, guards),
			Fix: "shorten your statements, or combine some",
		}}
	}
	return settings.Mistakes{{
		Path:    path + ".guardians",
		Allowed: fmt.Sprintf("make the bucket policy %d bytes long, but AWS allows %d", size, MaximumPolicySize),
		Fix:     "name fewer guardians, such as one role that the others can assume",
	}}
}
