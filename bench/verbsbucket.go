package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"datalock/internal/rehearse/local"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// provedBucket is the bucket that prove is timed on.
const provedBucket = "waited-for"

// server returns the local server's binary, built into the session's cache,
// where the tool finds it.
func (s *session) server() (string, error) {
	source := filepath.Join(s.clone, "internal", "rehearse", "server")
	return local.Build(context.Background(), source, filepath.Join(s.work, "cache", "datalock"), s.work, func() {
		progress("prepare: build the local server")
	})
}

func (s *session) buildServer() error {
	_, err := s.server()
	return err
}

// prove times the attacks on a bucket that exists.
func (s *session) prove() error {
	binary, err := s.server()
	if err != nil {
		return err
	}
	server, err := local.Start(context.Background(), binary)
	if err != nil {
		return err
	}
	defer server.Stop()
	root := server.Users["root"]
	if err := makeLocked(server, root, provedBucket); err != nil {
		return err
	}
	cmd := s.command(s.tool, "prove", "--bucket", provedBucket,
		"--endpoint", server.Endpoint, "--region", server.Region, "--yes")
	cmd.Env = append(cmd.Env,
		"AWS_ACCESS_KEY_ID="+root.AccessKey, "AWS_SECRET_ACCESS_KEY="+root.SecretKey, "AWS_CA_BUNDLE=")
	_, err = s.time("prove on a bucket", "", cmd)
	return err
}

// makeLocked makes a bucket with a default retention of a day.
func makeLocked(server *local.Server, root local.User, name string) error {
	client := s3.New(s3.Options{
		Region: server.Region, BaseEndpoint: &server.Endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(root.AccessKey, root.SecretKey, ""),
	})
	ctx := context.Background()
	in := &s3.CreateBucketInput{Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true)}
	if _, err := client.CreateBucket(ctx, in); err != nil {
		return fmt.Errorf("make the bucket %s: %w", name, err)
	}
	rule := &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
		Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(1),
	}}
	if _, err := client.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
		Bucket: &name,
		ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled, Rule: rule,
		},
	}); err != nil {
		return fmt.Errorf("lock the bucket %s: %w", name, err)
	}
	return nil
}

// largePlanResources is how many resources the plan has that check is timed on.
const largePlanResources = 10_000

// writeLargePlan multiplies a real plan until it has 10,000 resources, all of
// which are guards: the worst that the gate can be given.
func writeLargePlan(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var plan map[string]any
	if err := json.Unmarshal(text, &plan); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	for _, path := range []string{
		"resource_changes", "planned_values.root_module.resources", "prior_state.values.root_module.resources",
		"configuration.root_module.resources",
	} {
		steps := strings.Split(path, ".")
		last, at := steps[len(steps)-1], plan
		for _, step := range steps[:len(steps)-1] {
			at, _ = at[step].(map[string]any)
		}
		one, err := json.Marshal(at[last])
		if err != nil {
			return err
		}
		var many []any
		for i := 0; len(many) < largePlanResources; i++ {
			var copied []any
			renamed := strings.NewReplacer("acme-training-data", fmt.Sprintf("acme-%d", i),
				`"address":"aws_s3_`, fmt.Sprintf(`"address":"module.m%d.aws_s3_`, i)).Replace(string(one))
			if err := json.Unmarshal([]byte(renamed), &copied); err != nil || len(copied) == 0 {
				return fmt.Errorf("%s has no %s: %w", from, path, err)
			}
			many = append(many, copied...)
		}
		at[last] = many[:largePlanResources]
	}
	if text, err = json.Marshal(plan); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}
