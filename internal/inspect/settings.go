package inspect

import (
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Off returns Terraform's names of the settings of a public access block that
// aren't on.
func Off(publicACLs, publicPolicy, ignoreACLs, restrict *bool) []string {
	var all []string
	for _, one := range []struct {
		name string
		on   *bool
	}{
		{"block_public_acls", publicACLs}, {"block_public_policy", publicPolicy},
		{"ignore_public_acls", ignoreACLs}, {"restrict_public_buckets", restrict},
	} {
		if !aws.ToBool(one.on) {
			all = append(all, one.name)
		}
	}
	return all
}

// DefaultRetention returns the default retention of a lock configuration, which
// may be nil; zero if there is none.
func DefaultRetention(c *types.ObjectLockConfiguration) settings.Retention {
	if c == nil || c.Rule == nil || c.Rule.DefaultRetention == nil {
		return settings.Retention{}
	}
	r := c.Rule.DefaultRetention
	return settings.Retention{
		Mode: settings.RetentionMode(r.Mode), Days: int(aws.ToInt32(r.Days)), Years: int(aws.ToInt32(r.Years)),
	}
}
