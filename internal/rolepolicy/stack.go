package rolepolicy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalock/settings"
)

// A declared is what the policy has to know of a synthesised stack.
type declared struct {
	types     []string
	bucket    string
	partition string
	region    string
	account   string
	state     *stateBucket
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
		Resource  map[string]map[string]struct{ Bucket string }
		Terraform struct {
			Backend struct{ S3 *stateBucket }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return declared{}, fmt.Errorf("read the synthesised stack: %w", err)
	}
	if len(file.Provider.AWS) != 1 || file.Provider.AWS[0].Region == "" {
		return declared{}, errors.New("read the synthesised stack: it needs one provider aws with a region")
	}
	aws := file.Provider.AWS[0]
	d := declared{region: aws.Region, partition: settings.Partition(aws.Region), account: "*", state: file.Terraform.Backend.S3}
	if len(aws.Accounts) == 1 {
		d.account = aws.Accounts[0]
	}
	for kind, instances := range file.Resource {
		if _, known := actions[kind]; !known {
			return d, fmt.Errorf("the stack declares %s, and it isn't known what a role needs for that", kind)
		}
		d.types = append(d.types, kind)
		for _, instance := range instances {
			if kind == "aws_s3_bucket" {
				d.bucket = pattern(instance.Bucket)
			}
		}
	}
	slices.Sort(d.types)
	if len(strings.Trim(d.bucket, "*")) < 2 {
		return d, errors.New("read the synthesised stack: it declares no aws_s3_bucket with a name")
	}
	if s := d.state; s != nil && (s.Bucket == d.bucket || strings.HasSuffix(d.bucket, "*") && strings.HasPrefix(s.Bucket, strings.TrimSuffix(d.bucket, "*"))) {
		return d, fmt.Errorf("the bucket %s of the state could be taken for the stack's own, %s, whose objects the role may not write: rename one of them", s.Bucket, d.bucket)
	}
	return d, nil
}

// pattern returns a bucket's name, with a '*' for what Terraform completes.
func pattern(name string) string {
	before, _, completed := strings.Cut(name, "${")
	if completed {
		return before + "*"
	}
	return name
}
