package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"datalock/dataset"
	"datalock/internal/project"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
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
	all, err := renewAll(ctx, client, due, o, options, jobs, std)
	problems := len(failed)
	for _, d := range failed {
		fmt.Fprintf(std.err, "%s: not renewed: %s\n", d.Location, d.Problem)
		one := renewal{Error: d.Problem}
		one.Location = d.Location
		all = append(all, one)
	}
	for _, r := range all[:len(all)-len(failed)] {
		if r.Error != "" {
			problems++
			fmt.Fprintf(std.err, "%s: not renewed: %s\n", r.Location, r.Error)
		}
	}
	if len(due) == 0 {
		fmt.Fprintf(std.err, "s3://%s: nothing is due\n", bucket)
	}
	told := tellRenewals(all, o, std)
	if problems > 0 && err == nil {
		err = fmt.Errorf("%s of s3://%s couldn't be renewed", count(int64(problems), "dataset"), bucket)
	}
	if err != nil {
		return errors.Join(err, untold(told))
	}
	return told
}

// renewAll renews the datasets, the one whose lock ends first before the others. If it
// follows jobs, it starts those of all datasets before. The error is that of an
// interruption.
func renewAll(
	ctx context.Context,
	client *s3.Client,
	due []dataset.DueDataset,
	o renewOptions,
	options dataset.RenewOptions,
	jobs *dataset.BatchOptions,
	std streams,
) ([]renewal, error) {
	var all []renewal
	var started []int
	for _, d := range due {
		options.Days = d.Policy.KeepDays
		if jobs != nil {
			// Those of a run that didn't wait for their end, if they suffice.
			jobs.TakeUpDays, jobs.Wait = d.Policy.WhenLeftDays, o.wait && len(due) == 1
		}
		var one renewal
		var err error
		one.Renewed, err = renewOne(ctx, client, d.Location, o, options, jobs, std)
		one.fail(d.Location, err)
		all = append(all, one)
		if ctx.Err() != nil {
			return all, err
		}
		if err == nil && o.wait && len(one.Jobs) > 0 && one.Record == "" {
			started = append(started, len(all)-1)
		}
	}
	for _, i := range started {
		one := &all[i]
		at := one.Location
		options.Days, options.Until = 0, one.Until
		jobs.TakeUpDays, jobs.Wait = 0, true
		var err error
		one.Renewed, err = renewOne(ctx, client, at, o, options, jobs, std)
		one.fail(at, err)
		if ctx.Err() != nil {
			return all, err
		}
	}
	return all, nil
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
