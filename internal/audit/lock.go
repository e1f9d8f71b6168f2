package audit

import (
	"context"
	"fmt"

	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// lock reads Object Lock and the default retention.
func (a *auditor) lock(ctx context.Context) {
	c, err := a.bucket.ObjectLock(ctx)
	none := err == nil && c == nil
	if a.Kind == Evidence {
		a.notLocked(c, err)
		return
	}
	a.part("Object Lock", func() (string, error) {
		switch {
		case none:
			a.unlocked = true
			a.find("lock-missing", bucketAddress, "the bucket has no Object Lock")
			return "off", nil
		case err != nil:
			return "", err
		case c.ObjectLockEnabled != types.ObjectLockEnabledEnabled:
			a.find("lock-removed", lockAddress, "Object Lock isn't Enabled")
			return "not enabled", nil
		}
		return "enabled", nil
	})
	a.part("default retention", func() (string, error) {
		switch {
		case none:
			return "", &notApplicable{"the bucket has no Object Lock"}
		case err != nil:
			return "", err
		}
		return a.defaultRetention(c), nil
	})
}

// notLocked reads Object Lock of the evidence bucket, which has none because S3
// can't deliver server access logs to a locked bucket.
func (a *auditor) notLocked(c *types.ObjectLockConfiguration, err error) {
	a.part("Object Lock", func() (string, error) {
		switch {
		case err != nil:
			return "", err
		case c == nil:
			return "", &notApplicable{"reports are kept by the bucket policy, not by locks"}
		}
		if a.data.AccessLogs {
			a.find(loggingChanged, lockAddress, "Object Lock is on, so S3 can't deliver the server access logs")
		}
		return "enabled", nil
	})
}

func (a *auditor) defaultRetention(c *types.ObjectLockConfiguration) string {
	is := inspect.DefaultRetention(c)
	if c.Rule != nil && c.Rule.DefaultRetention != nil && c.Rule.DefaultRetention.DefaultEventHold != nil {
		a.find(eventHold, lockAddress, "new versions are put under an event hold by default")
	}
	wanted := a.Wanted.Retention
	if is.TotalDays() == 0 {
		a.find("lock-removed", lockAddress, "there is no default retention; %s say %s for %s",
			a.says(), wanted.Mode, wanted)
		return "none"
	}
	if wanted.Mode == settings.Compliance && is.Mode != settings.Compliance {
		a.find("mode-weakened", lockAddress, "the mode of the default retention is %s; %s say %s",
			is.Mode, a.says(), wanted.Mode)
	}
	if is.TotalDays() < wanted.TotalDays() {
		a.find("retention-shortened", lockAddress, "the default retention is %s; %s say %s", is, a.says(), wanted)
	}
	return fmt.Sprintf("%s for %s", is.Mode, is)
}

func (a *auditor) versioning(ctx context.Context) {
	a.part("versioning", func() (string, error) {
		status, _, err := a.bucket.Versioning(ctx)
		if err != nil {
			return "", err
		}
		is := string(status)
		if is == "" {
			is = "never enabled"
		}
		if status != types.BucketVersioningStatusEnabled {
			a.find("versioning-off", versioningAddress, "versioning is %s, not Enabled", is)
		}
		return is, nil
	})
}
