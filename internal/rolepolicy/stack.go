package rolepolicy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalock/settings"
)

// A declared is what the policy depends on in a synthesized stack.
type declared struct {
	types     []string
	bucket    string
	partition string
	region    string
	account   string
	state     *stateBucket
	// key is the ARN of the KMS key that encrypts the objects, with a '*' for
	// what isn't known before a deploy, or "" if none does.
	key string
}

// stateBucket is where an S3 backend keeps the state.
type stateBucket struct {
	Bucket, Key string
	Lockfile    bool `json:"use_lockfile"`
}

// readStack reads a cdk.tf.json.
func readStack(text []byte) (declared, error) {
	var file struct {
		Provider struct {
			AWS []struct {
				Region   string
				Accounts []string `json:"allowed_account_ids"`
			}
		}
		Resource map[string]map[string]struct {
			Bucket string
			Rule   json.RawMessage
		}
		Terraform struct {
			Backend struct{ S3 *stateBucket }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return declared{}, fmt.Errorf("read the synthesized stack: %w", err)
	}
	if len(file.Provider.AWS) != 1 || file.Provider.AWS[0].Region == "" {
		return declared{}, errors.New("read the synthesized stack: it must have one aws provider with a region")
	}
	aws := file.Provider.AWS[0]
	d := declared{
		region: aws.Region, partition: settings.Partition(aws.Region), account: "*", state: file.Terraform.Backend.S3,
	}
	if len(aws.Accounts) == 1 {
		d.account = aws.Accounts[0]
	}
	for kind, instances := range file.Resource {
		if _, known := actions[kind]; !known {
			return d, fmt.Errorf("the stack declares %s, and the actions for it aren't known", kind)
		}
		d.types = append(d.types, kind)
		for _, instance := range instances {
			switch kind {
			case "aws_s3_bucket":
				d.bucket = pattern(instance.Bucket)
			case "aws_s3_bucket_server_side_encryption_configuration":
				var err error
				if d.key, err = d.encryptionKey(instance.Rule); err != nil {
					return d, err
				}
			}
		}
	}
	slices.Sort(d.types)
	if len(strings.Trim(d.bucket, "*")) < 2 {
		return d, errors.New("read the synthesized stack: it declares no aws_s3_bucket with a name")
	}
	if d.state != nil && matches(d.bucket, d.state.Bucket) {
		return d, fmt.Errorf("the state's bucket %s matches the stack's bucket %s, whose objects the role must not write; "+
			"rename one of them", d.state.Bucket, d.bucket)
	}
	return d, nil
}

// encryptionRule is a rule of the bucket's encryption.
type encryptionRule struct {
	Default struct {
		Algorithm string `json:"sse_algorithm"`
		Key       string `json:"kms_master_key_id"`
	} `json:"apply_server_side_encryption_by_default"`
}

// encryptionKey returns the ARN of the key that the rules name: literally, or
// as far as it is known.
func (s declared) encryptionKey(text json.RawMessage) (string, error) {
	var rules []encryptionRule
	if err := json.Unmarshal(text, &rules); err != nil {
		return "", fmt.Errorf("read the encryption of the synthesized stack: %w", err)
	}
	for _, rule := range rules {
		if strings.HasPrefix(rule.Default.Algorithm, "aws:kms") {
			if strings.HasPrefix(rule.Default.Key, "arn:") && !strings.Contains(rule.Default.Key, ":alias/") {
				return rule.Default.Key, nil
			}
			return s.arn("kms", s.region, s.account, "key/*"), nil
		}
	}
	return "", nil
}

// matches reports whether a name, which may end in '*', matches another one.
func matches(pattern, name string) bool {
	prefix, wildcard := strings.CutSuffix(pattern, "*")
	return name == pattern || wildcard && strings.HasPrefix(name, prefix)
}

// pattern returns a bucket's name, with '*' instead of a Terraform expression.
func pattern(name string) string {
	before, _, completed := strings.Cut(name, "${")
	if completed {
		return before + "*"
	}
	return name
}
