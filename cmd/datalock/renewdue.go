package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"datalock/dataset"
	"datalock/internal/project"
	"datalock/settings"
)

// renewDue renews the datasets of a bucket that are due.
func renewDue(ctx context.Context, bucket string, o renewOptions, options dataset.RenewOptions, std streams) error {
	p, err := project.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	policy, err := renewPolicy(p.Settings, bucket, o.stack)
	if err != nil {
		return err
	}
	client, err := o.client(ctx)
	if err != nil {
		return err
	}
	jobs, err := o.jobsOn(ctx, bucket)
	if err != nil {
		return err
	}
	due, failed, err := dataset.ListDue(ctx, client, bucket, func(prefix string) (dataset.RenewPolicy, bool) {
		found, ok := policy.Of(prefix)
		return dataset.RenewPolicy(found), ok
	})
	if err != nil {
		return err
	}
	for _, d := range failed {
		fmt.Fprintf(std.err, "%s: not renewed: %s\n", d.Location, d.Problem)
	}
	var all []dataset.Renewed
	problems := len(failed)
	for _, d := range due {
		options.Days = d.Policy.KeepDays
		if jobs != nil {
			// Those of a run that didn't wait for their end, if they suffice.
			jobs.TakeUpDays = d.Policy.WhenLeftDays
		}
		renewed, err := renewOne(ctx, client, d.Location, o, options, jobs, std)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			problems++
			fmt.Fprintf(std.err, "%s: not renewed: %v\n", d.Location, err)
			continue
		}
		all = append(all, renewed)
	}
	if len(due) == 0 {
		fmt.Fprintf(std.err, "s3://%s: nothing is due\n", bucket)
	}
	err = tellRenewals(all, o, std)
	if problems > 0 {
		return errors.Join(
			fmt.Errorf("%s of s3://%s couldn't be renewed", count(int64(problems), "dataset"), bucket), untold(err),
		)
	}
	return err
}

// renewPolicy finds the policy of a bucket in the settings.
func renewPolicy(s settings.Settings, bucket, stack string) (settings.Renew, error) {
	stack, err := stackOf(s, bucket, stack)
	if err != nil {
		return settings.Renew{}, err
	}
	b := s.Buckets[stack]
	if b.Renew.RenewPolicy == (settings.RenewPolicy{}) && len(b.Renew.Prefixes) == 0 {
		return settings.Renew{}, fmt.Errorf("stack %s has no renew in the settings; "+
			`add "renew": {"keepDays": 365, "whenLeftDays": 120} to the bucket`, stack)
	}
	return b.Renew, nil
}
