package rolepolicy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"datalock/internal/policy"
	"datalock/settings"
)

// A declared is what the policy depends on in a synthesized stack.
type declared struct {
	types []string
	// provider6 is whether the AWS provider may be of version 6 or later.
	provider6 bool
	// bucket is the name of the bucket that has the data, buckets are those of
	// all buckets of the stack, and names those of other resources by their
	// type. A name from a prefix has a '?' for each character that Terraform
	// generates, so that it doesn't match the stack's other buckets.
	bucket  string
	buckets []string
	names   map[string][]string
	// evidence is the name of the bucket for reports, or empty if there is none, and
	// roles are the names of the roles by their logical ids.
	evidence  string
	roles     map[string]string
	partition string
	// region is the data bucket's; regions has that of a replica too.
	region  string
	regions []string
	account string
	state   *stateBucket
	// key is the ARN of the KMS key that encrypts the objects, with a '*' for
	// what isn't known before a deploy, or "" if none does; replicaKey is that of
	// the replica.
	key, replicaKey string
}

// stateBucket is where an S3 backend keeps the state.
type stateBucket struct {
	Bucket, Key string
	Lockfile    bool `json:"use_lockfile"`
}

// A stackFile is what is read of a cdk.tf.json.
type stackFile struct {
	Provider struct {
		AWS []struct {
			Region   string
			Alias    string
			Accounts []string `json:"allowed_account_ids"`
			// Endpoints are those of an S3-compatible server.
			Endpoints []struct{ S3 string }
		}
	}
	Resource map[string]map[string]struct {
		Bucket string
		Name   string
		Rule   json.RawMessage
	}
	Terraform struct {
		Backend   struct{ S3 *stateBucket }
		Providers struct{ AWS struct{ Version string } } `json:"required_providers"`
	}
}

// The types and the id of resources that are looked at.
const (
	bucketType     = "aws_s3_bucket"
	encryptionType = "aws_s3_bucket_server_side_encryption_configuration"
	roleType       = "aws_iam_role"

	replicationType = "aws_s3_bucket_replication_configuration"
	inventoryType   = "aws_s3_bucket_inventory"
	// dataBucket and dataEncryption are the logical ids of the bucket that has
	// the data, and of its encryption, in a stack with more than one bucket.
	dataBucket, dataEncryption = "bucket", "encryption"
	// replicaEncryption is the logical id of the replica's encryption.
	replicaEncryption = "replica_encryption"
	// evidenceBucket and batchRole are those of the other parts.
	evidenceBucket, batchRole = "evidence_bucket", "batch_role"
)

// readStack reads a cdk.tf.json.
func readStack(text []byte) (declared, error) {
	var file stackFile
	if err := json.Unmarshal(text, &file); err != nil {
		return declared{}, fmt.Errorf("read the synthesized stack: %w", err)
	}
	if len(file.Provider.AWS) == 0 || file.Provider.AWS[0].Region == "" || file.Provider.AWS[0].Alias != "" {
		return declared{}, errors.New("read the synthesized stack: it must have one aws provider with a region")
	}
	aws := file.Provider.AWS[0]
	d := declared{
		region: aws.Region, partition: settings.Partition(aws.Region), account: "*", state: file.Terraform.Backend.S3,
		names: map[string][]string{}, roles: map[string]string{},
		provider6: settings.AllowsProvider6(file.Terraform.Providers.AWS.Version),
	}
	if len(aws.Endpoints) > 0 {
		d.partition = settings.Bucket{Region: aws.Region, Endpoint: aws.Endpoints[0].S3}.Partition()
	}
	for _, one := range file.Provider.AWS {
		d.regions = append(d.regions, one.Region)
	}
	if len(aws.Accounts) == 1 {
		d.account = aws.Accounts[0]
	}
	for kind := range file.Resource {
		if _, known := actions[kind]; !known {
			return d, fmt.Errorf("the stack declares %s, and the actions for it aren't known", kind)
		}
		d.types = append(d.types, kind)
	}
	slices.Sort(d.types)
	if err := d.readNames(file); err != nil {
		return d, err
	}
	return d, d.readKey(file)
}

// readNames reads the names of resources.
func (s *declared) readNames(file stackFile) error {
	buckets := file.Resource[bucketType]
	for _, id := range slices.Sorted(maps.Keys(buckets)) {
		name, err := file.pattern(buckets[id].Bucket)
		if err != nil {
			return err
		}
		if name == "" {
			return errNoBucket
		}
		if id == dataBucket || len(buckets) == 1 {
			s.bucket = name
		}
		if id == evidenceBucket {
			s.evidence = name
		}
		s.buckets = append(s.buckets, name)
		if s.state != nil && policy.Matches(name, s.state.Bucket) {
			return fmt.Errorf("the state's bucket %s matches the stack's bucket %s, whose objects the role must not write; "+
				"rename one of them", s.state.Bucket, name)
		}
	}
	if s.bucket == "" {
		return errNoBucket
	}
	for kind, instances := range file.Resource {
		for _, id := range slices.Sorted(maps.Keys(instances)) {
			name, err := file.pattern(instances[id].Name)
			if err != nil {
				return err
			}
			if kind == roleType {
				s.roles[id] = name
			}
			s.names[kind] = append(s.names[kind], name)
		}
	}
	return nil
}

var errNoBucket = errors.New("read the synthesized stack: it declares no aws_s3_bucket with a name")

// readKey reads the keys of the data bucket and of the replica.
func (s *declared) readKey(file stackFile) (err error) {
	for id, instance := range file.Resource[encryptionType] {
		switch {
		case id == replicaEncryption && len(s.regions) > 1:
			s.replicaKey, err = s.encryptionKey(instance.Rule, s.regions[1])
		case id == dataEncryption || len(s.buckets) == 1:
			s.key, err = s.encryptionKey(instance.Rule, s.region)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// encryptionRule is a rule of the bucket's encryption.
type encryptionRule struct {
	Default struct {
		Algorithm string `json:"sse_algorithm"`
		Key       string `json:"kms_master_key_id"`
	} `json:"apply_server_side_encryption_by_default"`
}

// encryptionKey returns the ARN of the key in a Region that the rules name:
// literally, or as far as it is known.
func (s declared) encryptionKey(text json.RawMessage, region string) (string, error) {
	var rules []encryptionRule
	if err := json.Unmarshal(text, &rules); err != nil {
		return "", fmt.Errorf("read the encryption of the synthesized stack: %w", err)
	}
	for _, rule := range rules {
		if strings.HasPrefix(rule.Default.Algorithm, "aws:kms") {
			if strings.HasPrefix(rule.Default.Key, "arn:") && !strings.Contains(rule.Default.Key, ":alias/") {
				return rule.Default.Key, nil
			}
			return s.arn("kms", region, s.account, "key/*"), nil
		}
	}
	return "", nil
}

var (
	// generated is the end of a name that Terraform makes from a prefix, and hash
	// what stands for the end of a name that is too long for a role's.
	generated = regexp.MustCompile(`\$\{formatdate\("YYYYMMDDhhmmss", plantimestamp\(\)\)\}` +
		`\$\{substr\(sha256\("[^"]*"\), 0, 12\)\}$`)
	hash = regexp.MustCompile(`\$\{substr\(sha256\([a-z0-9_.]*\), 0, 8\)\}`)
	// ofBucket is a name that begins with that of a bucket of the stack, or with
	// the beginning of it.
	ofBucket = regexp.MustCompile(`^\$\{(substr\(|replace\(|)aws_s3_bucket\.(\w+)\.bucket\b[^}]*\}(.*)$`)
)

// pattern returns a name, with a '?' for each character that isn't known before a
// deploy. The number is known: a '*' would match more names, among them those that
// are derived from this one.
func (f stackFile) pattern(name string) (string, error) {
	m := ofBucket.FindStringSubmatch(name)
	if m == nil {
		known := generated.ReplaceAllString(name, strings.Repeat("?", settings.GeneratedLength))
		if strings.Contains(known, "${") {
			return "", fmt.Errorf("read the synthesized stack: the name %q isn't known before a deploy; "+
				"give the bucket a name or a prefix of it", name)
		}
		return known, nil
	}
	of, err := f.pattern(f.Resource[bucketType][m[2]].Bucket)
	if err != nil {
		return "", err
	}
	switch m[1] {
	case "substr(":
		of = of[:min(settings.RoleHead, len(of))]
	case "replace(": // a topic can't have a '.' in its name
		of = strings.ReplaceAll(of, ".", "-")
	}
	return of + hash.ReplaceAllString(m[3], strings.Repeat("?", settings.RoleHash)), nil
}
