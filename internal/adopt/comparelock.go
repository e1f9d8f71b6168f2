package adopt

import (
	"fmt"
	"strings"

	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// retention returns the bucket's default retention, zero if it has none.
func (e Existing) retention() settings.Retention {
	return inspect.DefaultRetention(e.ObjectLock)
}

func (c *comparison) lock() {
	wanted, is := c.wanted.Retention, c.is.retention()
	to := fmt.Sprintf("%s for %s", wanted.Mode, wanted)
	if c.is.ObjectLock == nil {
		c.put(lockType, lockPart, false, "", "on, by default "+to, c.lockWarnings())
		c.never("Object Lock: once on, it can't be switched off, and versioning can't be suspended")
	} else {
		from := "none"
		if is.TotalDays() > 0 {
			from = fmt.Sprintf("%s for %s", is.Mode, is)
		}
		c.put(lockType, retentionPart, true, from, to, c.weaker(is))
	}
	if wanted.Mode == settings.Compliance {
		c.never(fmt.Sprintf("each new version: nobody, including the account root, can delete it for %s", wanted))
	}
}

// weaker returns a warning if the wanted retention is shorter than the bucket's.
func (c *comparison) weaker(is settings.Retention) string {
	wanted, days := c.wanted.Retention, is.TotalDays()
	if days <= wanted.TotalDays() {
		return ""
	}
	confirm := ""
	if wanted.Mode == settings.Compliance && days > settings.ConfirmOverDays {
		confirm = fmt.Sprintf(`, "confirmRetentionDays": %d`, days)
	}
	length := fmt.Sprintf(`"days": %d`, is.Days)
	if is.Years > 0 {
		length = fmt.Sprintf(`"years": %d`, is.Years)
	}
	return fmt.Sprintf(`new versions are locked for less time than now; to keep the length, add `+
		`"retention": {"mode": "%s", %s%s} to the bucket`, wanted.Mode, length, confirm)
}

// lockWarnings returns warnings about what doesn't work with Object Lock.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
func (c *comparison) lockWarnings() string {
	var all []string
	for _, one := range []struct{ service, what string }{
		{"logging.s3.amazonaws.com", "server access logs"}, {"config.amazonaws.com", "the records of AWS Config"},
	} {
		if strings.Contains(string(c.is.Policy), one.service) {
			all = append(all, "the bucket policy lets AWS deliver "+one.what+
				", which it can't deliver into a bucket with Object Lock and a default retention")
		}
	}
	if len(c.is.Replication) > 0 {
		all = append(all, "replication then needs a destination with Object Lock, and a role with s3:GetObjectRetention "+
			"and s3:GetObjectLegalHold")
	}
	return strings.Join(all, "; ")
}

func (c *comparison) logging() {
	is := "none"
	if to := c.is.Logging; to != nil {
		is = "to s3://" + aws.ToString(to.TargetBucket) + "/" + aws.ToString(to.TargetPrefix)
	}
	switch {
	case c.wanted.AccessLogs:
		c.put(loggingType, loggingPart, c.is.Logging != nil, is,
			"to s3://"+c.wanted.EvidenceName(c.is.Bucket)+"/"+settings.AccessLogsPrefix,
			replaced(c.is.Logging != nil, "logs no longer go where they go now"))
	case c.is.Logging != nil:
		c.leave(loggingPart, is)
	}
}

func (c *comparison) inventories() {
	for _, one := range c.is.Inventories {
		if id := aws.ToString(one.Id); id != settings.InventoryName || c.wanted.Inventory == nil {
			c.leave(inventoryPart, fmt.Sprintf("%q", id))
		}
	}
	if c.wanted.Inventory != nil {
		c.put(inventoryType, inventoryPart, c.is.hasInventory(), fmt.Sprintf("%q", settings.InventoryName),
			fmt.Sprintf("%q, %s, of all versions", settings.InventoryName, c.wanted.Inventory.Frequency), "")
	}
}

func (c *comparison) replication() {
	var to []string
	for _, r := range c.is.Replication {
		if r.Destination != nil {
			to = append(to, fmt.Sprintf("to %s, %s", aws.ToString(r.Destination.Bucket), strings.ToLower(string(r.Status))))
		}
	}
	is := strings.Join(to, "; ")
	if c.wanted.Replica == nil {
		c.leave(replicationPart, is)
		return
	}
	c.put(replicationType, replicationPart, len(c.is.Replication) > 0, is,
		"to "+c.wanted.ReplicaName(c.is.Bucket)+" in "+c.wanted.Replica.Region,
		replaced(len(c.is.Replication) > 0, "the rules there are now are replaced"))
}

func (c *comparison) notifications() {
	if c.wanted.Replica == nil || c.wanted.DataEvents == nil {
		c.leave(notificationPart, c.is.Notifications...)
		return
	}
	c.put(notificationType, notificationPart, len(c.is.Notifications) > 0, strings.Join(c.is.Notifications, ", "),
		"failed replication, to the topic of the alarms",
		replaced(len(c.is.Notifications) > 0, "the notifications there are now are replaced"))
}

func (c *comparison) cors() {
	if n := len(c.is.CORS); n > 0 {
		c.leave(corsPart, counted(int64(n), "rule"))
	}
}

// website warns of a website that the guards stop: its endpoint has no HTTPS.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
func (c *comparison) website() {
	c.leave(websitePart, c.is.Website)
	if c.is.Website != "" && !c.wanted.AllowPlainHTTP {
		c.lists.Leave[len(c.lists.Leave)-1].Warning = "the bucket policy denies plain HTTP, which is all that website " +
			"endpoints have: the website can't be read any more"
	}
}

func (c *comparison) accelerate() { c.leave(acceleratePart, string(c.is.Accelerate)) }

func (c *comparison) payment() {
	if c.is.RequestPayment == types.PayerRequester {
		c.leave(paymentPart, string(c.is.RequestPayment))
	}
}

// replaced returns the warning if there is something to replace.
func replaced(there bool, warning string) string {
	if !there {
		return ""
	}
	return warning
}
