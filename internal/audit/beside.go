package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"datalock/internal/check"
	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// logging compares the server access logging with the settings. Logging that
// they don't declare is only a note: it weakens nothing.
func (a *auditor) logging(ctx context.Context) {
	a.part("server access logging", func() (string, error) {
		to, err := a.bucket.Logging(ctx)
		if err != nil {
			return "", err
		}
		is := "none"
		if to != nil {
			is = "s3://" + aws.ToString(to.TargetBucket) + "/" + aws.ToString(to.TargetPrefix)
		}
		wanted := "none"
		if a.Wanted.AccessLogs {
			wanted = "s3://" + a.Wanted.EvidenceName(a.Bucket) + "/" + settings.AccessLogsPrefix
		}
		switch {
		case is == wanted:
		case a.Wanted.AccessLogs:
			a.find(loggingChanged, loggingAddress, "server access logs: %s; %s say %s", is, a.says(), wanted)
		default:
			a.note("server access logs go to %s, which %s don't declare", is, a.says())
		}
		return check.Printable(is), nil
	})
}

// inventories compares the inventories with the settings.
func (a *auditor) inventories(ctx context.Context) {
	a.part("inventory configurations", func() (string, error) {
		var all []string
		wanted := a.wantedInventory()
		found := wanted == ""
		there, err := a.bucket.Inventories(ctx)
		if err != nil {
			return "", err
		}
		for _, c := range there {
			is := inventoryText(c)
			all = append(all, fmt.Sprintf("%q %s", aws.ToString(c.Id), is))
			if is == wanted && len(lacks(c)) == 0 {
				found = true
				continue
			}
			a.note("the inventory %q, %s, isn't declared by %s", aws.ToString(c.Id), is, a.says())
		}
		if !found {
			a.find(inventoryChanged, inventoryAddress,
				"no inventory is as %s say: %s, with the locks of versions", a.says(), wanted)
		}
		return list(all), nil
	})
}

// wantedInventory describes the declared inventory, or returns "".
func (a *auditor) wantedInventory() string {
	if a.Wanted.Inventory == nil {
		return ""
	}
	return fmt.Sprintf("enabled, %s, All versions, CSV to %s below %s", a.Wanted.Inventory.Frequency,
		bucketARN(a.Wanted, a.Wanted.EvidenceName(a.Bucket)), strings.TrimSuffix(settings.InventoryReports, "/"))
}

// inventoryText describes an inventory in the same form.
func inventoryText(c types.InventoryConfiguration) string {
	state, frequency, format, to := "disabled", "", "", ""
	if aws.ToBool(c.IsEnabled) {
		state = "enabled"
	}
	if c.Schedule != nil {
		frequency = string(c.Schedule.Frequency)
	}
	if d := c.Destination; d != nil && d.S3BucketDestination != nil {
		format, to = string(d.S3BucketDestination.Format), aws.ToString(d.S3BucketDestination.Bucket)
		if prefix := aws.ToString(d.S3BucketDestination.Prefix); prefix != "" {
			to += " below " + prefix
		}
	}
	text := fmt.Sprintf("%s, %s, %s versions, %s to %s", state, frequency, c.IncludedObjectVersions, format, to)
	if c.Filter != nil && aws.ToString(c.Filter.Prefix) != "" {
		text += ", of keys below " + aws.ToString(c.Filter.Prefix)
	}
	return text
}

// lacks returns the fields that an audit needs and an inventory lacks.
func lacks(c types.InventoryConfiguration) []types.InventoryOptionalField {
	var all []types.InventoryOptionalField
	for _, field := range []types.InventoryOptionalField{
		types.InventoryOptionalFieldObjectLockMode, types.InventoryOptionalFieldObjectLockRetainUntilDate,
		types.InventoryOptionalFieldObjectLockLegalHoldStatus, types.InventoryOptionalFieldChecksumAlgorithm,
		types.InventoryOptionalFieldSize,
	} {
		if !slices.Contains(c.OptionalFields, field) {
			all = append(all, field)
		}
	}
	return all
}

// failedCopies is the event that the stack has sent to the topic of its alarms.
const failedCopies types.Event = "s3:Replication:OperationFailedReplication"

func (a *auditor) notifications(ctx context.Context) {
	a.part("event notifications", func() (string, error) {
		to, err := a.bucket.Notifications(ctx)
		if err != nil {
			return "", err
		}
		var all []string
		wanted, sent := a.wantedTopic(), false
		for _, one := range to {
			all = append(all, notificationText(one))
			if one.To != wanted {
				a.note("events are sent to %s, which %s don't declare", one.To, a.says())
				continue
			}
			sent = sent || !one.Filtered &&
				(slices.Contains(one.Events, failedCopies) || slices.Contains(one.Events, "s3:Replication:*"))
		}
		if wanted != "" && !sent {
			a.find(notificationMissing, notificationAddress,
				"no events of failed copies of all keys (%s) are sent to %s, which %s declare", failedCopies, wanted, a.says())
		}
		return list(all), nil
	})
}

// notificationText describes a destination with what it gets.
func notificationText(n inspect.Notification) string {
	text := n.To
	if len(n.Events) > 0 {
		var events []string
		for _, e := range n.Events {
			events = append(events, string(e))
		}
		text += " (" + strings.Join(events, " ")
		if n.Filtered {
			text += ", some keys"
		}
		text += ")"
	}
	return text
}

// wantedTopic returns the ARN of the topic for failed replication, or "".
func (a *auditor) wantedTopic() string {
	b := a.Wanted
	if b.Replica == nil || b.DataEvents == nil {
		return ""
	}
	return topicOf(b, a.Bucket)
}

// list writes a list, or "none".
func list(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return check.Printable(strings.Join(all, ", "))
}
