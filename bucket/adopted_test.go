package bucket_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/awsprovider"
	"datalock/internal/check"
	"datalock/internal/policy"
	"datalock/internal/testkit/s3test"
	"datalock/internal/testkit/testbucket"
	"datalock/internal/testkit/tftest"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A foreign bucket is one that somebody made by hand, and how it is adopted.
type foreign struct {
	make  func(t *testing.T, h testbucket.Hand, name string) error
	adopt []string
	// more changes other settings.
	more func(b *settings.Bucket)
	// changes are the configurations that the plan changes; it adds the rest.
	changes []string
}

const (
	versioningType = "aws_s3_bucket_versioning"
	lockType       = "aws_s3_bucket_object_lock_configuration"
	blockType      = "aws_s3_bucket_public_access_block"
	policyType     = "aws_s3_bucket_policy"
	lifecycleType  = "aws_s3_bucket_lifecycle_configuration"
	encryptionType = "aws_s3_bucket_server_side_encryption_configuration"
)

const copyingRole = "arn:aws:iam::012345678901:role/replication"

// ownStatement is the owner's, in the bucket that has a policy.
const ownStatement = `{"Sid":"AllowTeam","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},` +
	`"Action":["s3:GetObject","s3:PutBucketObjectLockConfiguration"],` +
	`"Resource":["arn:aws:s3:::adopt-owned","arn:aws:s3:::adopt-owned/${aws:username}/*"]}`

var foreigners = map[string]foreign{
	"plain": {
		make:  func(t *testing.T, h testbucket.Hand, name string) error { return create(t, h, name) },
		adopt: []string{},
	},
	// The provider also imports the versioning of a bucket that never had any.
	"unversioned": {make: func(t *testing.T, h testbucket.Hand, name string) error { return create(t, h, name) },
		adopt: []string{versioningType}, changes: []string{versioningType}},
	// The settings have no replica: the bucket's own replication stays.
	"versioned": {make: func(t *testing.T, h testbucket.Hand, name string) error {
		return errors.Join(create(t, h, name, types.BucketVersioningStatusEnabled),
			h.Replicate(t, name, copyingRole, "arn:aws:s3:::copy"))
	}, adopt: []string{versioningType}},
	"suspended": {make: func(t *testing.T, h testbucket.Hand, name string) error {
		return create(t, h, name, types.BucketVersioningStatusEnabled, types.BucketVersioningStatusSuspended)
	}, adopt: []string{versioningType}, changes: []string{versioningType}},
	"governed": {make: func(t *testing.T, h testbucket.Hand, name string) error {
		h.Create(t, name)
		_, err := h.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &name, Key: aws.String("held"), Body: strings.NewReader("data"),
			ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn,
		})
		return errors.Join(err, h.Retain(t, name, types.ObjectLockRetentionModeGovernance, 10))
	}, adopt: []string{versioningType, lockType}, changes: []string{lockType}},
	"owned": {
		make: func(t *testing.T, h testbucket.Hand, name string) error {
			// As declared, since the provider waits 55 seconds for a change of it;
			// cmd/datalock adopts a bucket whose lifecycle differs.
			aborts := testbucket.Enabled("abort-incomplete-multipart-uploads", "")
			aborts.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)}
			return errors.Join(
				create(t, h, name),
				h.Block(t, name, true, false, true, false),
				h.Encrypt(t, name, types.ServerSideEncryptionAwsKms, testbucket.KeyARN),
				h.Lifecycle(t, name, aborts),
				h.Policy(t, name, `{"Version":"2012-10-17","Statement":[`+ownStatement+`]}`),
			)
		},
		adopt:   []string{blockType, encryptionType, lifecycleType, policyType},
		more:    func(b *settings.Bucket) { b.PolicyStatements = []json.RawMessage{json.RawMessage(ownStatement)} },
		changes: []string{blockType, encryptionType, policyType},
	},
}

// create makes a bucket with an object, and sets its versioning.
func create(t *testing.T, h testbucket.Hand, name string, versioning ...types.BucketVersioningStatus) error {
	if _, err := h.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		return err
	}
	for _, status := range versioning {
		if _, err := h.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		}); err != nil {
			return err
		}
	}
	_, err := h.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &name,
		Key:    aws.String("old"),
		Body:   strings.NewReader("data"),
	})
	return err
}

// An imported resource is one from a plan.
type imported struct {
	Type, Address string
	Change        struct {
		Actions   []string
		Importing *struct{ ID string }
	}
}

// TestAdoption adopts buckets that were made by hand: the first plan imports
// what there is and destroys nothing, the second is empty, and so is that of
// settings without adopt.
func TestAdoption(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "--tls")
	h := testbucket.Hand{Client: testbucket.Client(t, server)}
	buckets := map[string]settings.Bucket{}
	for id, f := range foreigners {
		b := settings.DefaultBucket()
		b.Name, b.Region, b.Endpoint, b.Adopt = "adopt-"+id, server.Region, server.Endpoint, f.adopt
		// The provider waits 55 seconds for a lifecycle.
		b.Lifecycle.Disabled = !slices.Contains(f.adopt, lifecycleType)
		if f.more != nil {
			f.more(&b)
		}
		if err := f.make(t, h, b.Name); err != nil {
			t.Fatalf("make %s: %v", id, err)
		}
		buckets[id] = b
	}
	tf := tftest.Find(t).With(server.Env()).Share(t)
	dir := online(t, buckets)
	tf.Run(t, dir, "init")
	tf.Run(t, dir, "plan", "-out=plan")
	var plan struct {
		Changes []imported `json:"resource_changes"`
	}
	text := tf.Run(t, dir, "show", "-json", "plan")
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	checkGate(t, text)
	for id, f := range foreigners {
		f.check(t, id, plan.Changes)
	}
	tf.Run(t, dir, "apply", "plan")
	if out, err := tf.Try(dir, "plan", "-detailed-exitcode", "-no-color"); err != nil {
		t.Errorf("the second plan: %v\n%s", err, out)
	}
	checkAdopted(t, h)

	for id, b := range buckets {
		b.Adopt = nil
		buckets[id] = b
	}
	later := online(t, buckets)
	state, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
	if err == nil {
		err = os.WriteFile(filepath.Join(later, "terraform.tfstate"), state, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	tf.Run(t, later, "init")
	if out, err := tf.Try(later, "plan", "-detailed-exitcode", "-no-color"); err != nil {
		t.Errorf("the plan of settings without adopt: %v\n%s", err, out)
	}
}

// checkGate holds the gate to stop the one change that weakens a bucket, whose
// encryption was under a key.
func checkGate(t *testing.T, plan []byte) {
	t.Helper()
	gate := check.NewGate(check.Rules(), check.Options{Now: time.Now()})
	gate.Judge("plan", bytes.NewReader(plan))
	file := gate.Report().Files[0]
	if len(file.Findings) != 1 || file.Findings[0].Rule != "encryption-weakened" ||
		!strings.HasPrefix(file.Findings[0].Address, encryptionType+".owned_") {
		t.Errorf("the gate finds %+v, %s", file.Findings, file.Error)
	}
	if len(file.Buckets) != len(foreigners) || len(file.Permanent) != len(foreigners) {
		t.Errorf("the gate sees %d buckets and %d locks, want %d", len(file.Buckets), len(file.Permanent), len(foreigners))
	}
}

// online synthesises buckets for the provider's real use, and returns the
// stack's folder.
func online(t *testing.T, buckets map[string]settings.Bucket) string {
	t.Helper()
	dir := synthesise(t, buckets)
	if err := awsprovider.Edit(filepath.Join(dir, "cdk.tf.json"), func(stack map[string]any) {
		providers := stack["provider"].(map[string]any)
		first := providers["aws"].([]any)[0].(map[string]any)
		first["s3_use_path_style"] = true
		// The buckets use no other.
		providers["aws"] = []any{first}
	}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// check compares a plan with what it must do to one of the buckets.
func (f foreign) check(t *testing.T, id string, changes []imported) {
	t.Helper()
	want := append([]string{"aws_s3_bucket"}, f.adopt...)
	seen := 0
	for _, c := range changes {
		if !strings.HasPrefix(c.Address, c.Type+"."+id+"_") {
			continue
		}
		seen++
		action := "create"
		if slices.Contains(want, c.Type) {
			action = "no-op"
			if c.Change.Importing == nil || c.Change.Importing.ID != "adopt-"+id {
				t.Errorf("%s is not imported: %+v", c.Address, c.Change)
			}
		} else if c.Change.Importing != nil {
			t.Errorf("%s is imported", c.Address)
		}
		if slices.Contains(f.changes, c.Type) {
			action = "update"
		}
		if got := fmt.Sprint(c.Change.Actions); got != "["+action+"]" {
			t.Errorf("%s: the plan does %s, want %s", c.Address, got, action)
		}
	}
	if all := 7; seen < all {
		t.Errorf("%s: the plan has %d resources, want %d or more", id, seen, all)
	}
}

// checkAdopted compares what the server then has.
func checkAdopted(t *testing.T, h testbucket.Hand) {
	t.Helper()
	for id := range foreigners {
		name := "adopt-" + id
		lock, err := h.GetObjectLockConfiguration(t.Context(), &s3.GetObjectLockConfigurationInput{Bucket: &name})
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if r := lock.ObjectLockConfiguration.Rule.DefaultRetention; r.Mode != types.ObjectLockRetentionModeCompliance ||
			*r.Days != 90 {
			t.Errorf("%s is locked in %s mode for %d days", id, r.Mode, *r.Days)
		}
		if id == "governed" {
			held, err := h.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &name, Key: aws.String("held")})
			if err != nil || held.ObjectLockLegalHoldStatus != types.ObjectLockLegalHoldStatusOn || held.ObjectLockMode != "" {
				t.Errorf("%s: the object with a legal hold: %+v, %v", id, held, err)
			}
			continue
		}
		old, err := h.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &name, Key: aws.String("old")})
		if err != nil || old.ObjectLockMode != "" {
			t.Errorf("%s: the object from before: %+v, %v", id, old, err)
		}
	}
	copied, err := h.GetBucketReplication(t.Context(),
		&s3.GetBucketReplicationInput{Bucket: aws.String("adopt-versioned")})
	if err != nil || *copied.ReplicationConfiguration.Role != copyingRole {
		t.Errorf("the replication of the versioned bucket: %+v, %v", copied, err)
	}
	got, err := h.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("adopt-owned")})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := policy.Read(*got.Policy)
	own, err2 := policy.Read(`{"Statement":` + ownStatement + `}`)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if last := whole.Statement[len(whole.Statement)-1:]; !reflect.DeepEqual(last, own.Statement) ||
		len(whole.Statement) < 8 {
		t.Errorf("the policy doesn't end with the owner's statement: %s", *got.Policy)
	}
}
