package audit

import (
	"context"
	"errors"
	"slices"
	"strings"

	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// trailARN returns the ARN of the declared trail.
func (a *auditor) trailARN() string {
	d := a.data
	return "arn:" + d.Partition() + ":cloudtrail:" + d.Region + ":" + d.Account + ":trail/" +
		a.dataName + settings.TrailSuffix
}

// trail audits the trail together with its bucket.
func (a *auditor) trail(ctx context.Context) {
	if a.Kind != Trail {
		return
	}
	var t *types.Trail
	a.part("trail", func() (string, error) {
		if a.CloudTrail == nil {
			return "", errors.New("no AWS CloudTrail is at the endpoint; name one in AWS_ENDPOINT_URL_CLOUDTRAIL")
		}
		out, err := a.CloudTrail.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(a.trailARN())})
		if inspect.Code(err) == "TrailNotFoundException" {
			a.stopped(trailAddress, "there is no trail %s", a.trailARN())
			return "missing", nil
		}
		if err := inspect.Asked("cloudtrail:GetTrail", err); err != nil {
			return "", err
		}
		t = out.Trail
		return a.writes(t), nil
	})
	if t == nil {
		return
	}
	a.part("trail's logging", func() (string, error) { return a.logs(ctx) })
	a.part("trail's event selectors", func() (string, error) { return a.selects(ctx) })
}

// writes compares and describes the destination of the trail.
func (a *auditor) writes(t *types.Trail) string {
	if to := aws.ToString(t.S3BucketName); to != a.Bucket {
		a.stopped(trailAddress, "the trail writes to the bucket %q; %s say %s", to, a.says(), a.Bucket)
	}
	validation := "with log file validation"
	if !aws.ToBool(t.LogFileValidationEnabled) {
		validation = "without log file validation"
		a.stopped(trailAddress, "log file validation is off, so a changed log wouldn't show")
	}
	return "to s3://" + aws.ToString(t.S3BucketName) + ", " + validation
}

func (a *auditor) logs(ctx context.Context) (string, error) {
	out, err := a.CloudTrail.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(a.trailARN())})
	if err := inspect.Asked("cloudtrail:GetTrailStatus", err); err != nil {
		return "", err
	}
	if why := aws.ToString(out.LatestDeliveryError); why != "" {
		a.stopped(trailAddress, "the latest log couldn't be delivered: %s", why)
	}
	if !aws.ToBool(out.IsLogging) {
		a.stopped(trailAddress, "the trail's logging is stopped")
		return "off", nil
	}
	return "on", nil
}

// selects finds the declared event selectors that the trail lacks.
func (a *auditor) selects(ctx context.Context) (string, error) {
	out, err := a.CloudTrail.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{
		TrailName: aws.String(a.trailARN()),
	})
	if err := inspect.Asked("cloudtrail:GetEventSelectors", err); err != nil {
		return "", err
	}
	var there []string
	for _, s := range out.AdvancedEventSelectors {
		there = append(there, selectorText(s.FieldSelectors))
	}
	for _, wanted := range a.wantedSelectors() {
		if !slices.Contains(there, wanted) {
			a.stopped(trailAddress, "no event selector is %s, as %s say", wanted, a.says())
		}
	}
	return list(there), nil
}

// wantedSelectors returns the declared event selectors as text.
func (a *auditor) wantedSelectors() []string {
	field := func(name string, values ...string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: &name, Equals: values}
	}
	objects := []types.AdvancedFieldSelector{
		field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object"),
		{Field: aws.String("resources.ARN"), StartsWith: []string{bucketARN(a.data, a.dataName) + "/"}},
	}
	if !a.data.DataEvents.Reads {
		objects = append(objects, field("readOnly", "false"))
	}
	all := []string{selectorText(objects)}
	if a.data.DataEvents.ManagementEvents {
		all = append(all, selectorText([]types.AdvancedFieldSelector{
			field("eventCategory", "Management"), field("readOnly", "false"),
		}))
	}
	return all
}

// selectorText returns a selector as text that doesn't depend on the order of its
// fields and values.
func selectorText(fields []types.AdvancedFieldSelector) string {
	var all []string
	for _, f := range fields {
		for _, one := range []struct {
			operator string
			values   []string
		}{
			{"equals", f.Equals}, {"starts with", f.StartsWith}, {"ends with", f.EndsWith}, {"not equals", f.NotEquals},
			{"not starts with", f.NotStartsWith}, {"not ends with", f.NotEndsWith},
		} {
			if len(one.values) > 0 {
				values := slices.Sorted(slices.Values(one.values))
				all = append(all, aws.ToString(f.Field)+" "+one.operator+" "+strings.Join(values, " or "))
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
