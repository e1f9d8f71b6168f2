package adopt_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/adopt"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestEveryPartOfALifecycleIsShown holds that what a rule does, and to which
// objects, is listed before the stack's lifecycle replaces it.
func TestEveryPartOfALifecycleIsShown(t *testing.T) {
	enabled, disabled := types.ExpirationStatusEnabled, types.ExpirationStatusDisabled
	b := settings.DefaultBucket()
	b.Name, b.Region = "b", "us-east-1"
	for want, rule := range map[string]types.LifecycleRule{
		`rule "a": incomplete uploads are removed after 1 day (below "up/")`: {
			ID: aws.String("a"), Status: enabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("up/")},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(1)},
		},
		`rule "b": noncurrent versions are deleted after 3 days, but for the newest 2 ` +
			`(below "raw/", larger than 1 byte, smaller than 1,048,576 bytes, tagged tmp=yes)`: {
			ID: aws.String("b"), Status: enabled, Filter: &types.LifecycleRuleFilter{And: &types.LifecycleRuleAndOperator{
				Prefix: aws.String("raw/"), ObjectSizeGreaterThan: aws.Int64(1), ObjectSizeLessThan: aws.Int64(1 << 20),
				Tags: []types.Tag{{Key: aws.String("tmp"), Value: aws.String("yes")}},
			}},
			NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{
				NoncurrentDays: aws.Int32(3), NewerNoncurrentVersions: aws.Int32(2),
			},
		},
		`rule "c" (disabled): to GLACIER_IR after 30 days, noncurrent versions to DEEP_ARCHIVE after 1 day (tagged a=b)`: {
			ID: aws.String("c"), Status: disabled,
			Filter:      &types.LifecycleRuleFilter{Tag: &types.Tag{Key: aws.String("a"), Value: aws.String("b")}},
			Transitions: []types.Transition{{Days: aws.Int32(30), StorageClass: types.TransitionStorageClassGlacierIr}},
			NoncurrentVersionTransitions: []types.NoncurrentVersionTransition{
				{NoncurrentDays: aws.Int32(1), StorageClass: types.TransitionStorageClassDeepArchive},
			},
		},
		`rule "d": objects expire on 2027-01-01 (larger than 5 bytes)`: {
			ID: aws.String("d"), Status: enabled, Filter: &types.LifecycleRuleFilter{ObjectSizeGreaterThan: aws.Int64(5)},
			Expiration: &types.LifecycleExpiration{Date: aws.Time(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))},
		},
		`rule "e": delete markers without versions are removed`: {
			ID: aws.String("e"), Status: enabled, Filter: &types.LifecycleRuleFilter{},
			Expiration: &types.LifecycleExpiration{ExpiredObjectDeleteMarker: aws.Bool(true)},
		},
	} {
		l := adopt.Compare(adopt.Existing{Bucket: "b", Lifecycle: []types.LifecycleRule{rule}}, nil, b, nil)
		if !slices.ContainsFunc(l.Change, func(i adopt.Item) bool { return i.From == want && i.To == "removed" }) {
			t.Errorf("want %q, listed is %+v", want, l.Change)
		}
	}
}

// TestWebsiteStops holds that a website, whose configuration stays, is said to stop.
func TestWebsiteStops(t *testing.T) {
	b := settings.DefaultBucket()
	b.Name, b.Region = "b", "us-east-1"
	for plain, warned := range map[bool]bool{false: true, true: false} {
		b.AllowPlainHTTP = plain
		l := adopt.Compare(adopt.Existing{Bucket: "b", Website: "index document index.html"}, nil, b, nil)
		i := slices.IndexFunc(l.Leave, func(i adopt.Item) bool { return i.Part == "website" })
		if i < 0 || strings.Contains(l.Leave[i].Warning, "the website can't be read any more") != warned {
			t.Errorf("with plain HTTP %v: %+v", plain, l.Leave)
		}
	}
}
