package front

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

func isTrue(text string) bool { return strings.EqualFold(text, "true") }

func isBool(text string) bool {
	return isTrue(text) || strings.EqualFold(text, "false")
}

func isStatus(text string) bool { return text == "Enabled" || text == "Disabled" }

// checkPublicAccessBlock wants the four switches; those that are left out are
// off.
func checkPublicAccessBlock(root *element) bool {
	for _, child := range root.children {
		if !isBool(strings.TrimSpace(child.content)) {
			return false
		}
	}
	return root.only("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
}

func checkEncryption(root *element) bool {
	if len(root.children) != 1 || !root.only("Rule") {
		return false
	}
	algorithms := []string{"AES256", "aws:kms", "aws:kms:dsse"}
	for _, rule := range root.children {
		if !rule.only("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled", "BlockedEncryptionTypes") {
			return false
		}
		byDefault := rule.find("ApplyServerSideEncryptionByDefault")
		if byDefault == nil {
			continue
		}
		algorithm := byDefault.text("SSEAlgorithm")
		if !slices.Contains(algorithms, algorithm) || algorithm == "AES256" && byDefault.text("KMSMasterKeyID") != "" {
			return false
		}
	}
	return true
}

// checkLifecycle wants what S3 wants of every rule: a status, a filter or a prefix,
// and something to do. There can be 1,000 rules, with different ids.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
func checkLifecycle(root *element) bool {
	if len(root.children) == 0 || len(root.children) > 1000 || !root.only("Rule") {
		return false
	}
	ids := map[string]bool{}
	for _, rule := range root.children {
		id := rule.text("ID")
		if !isStatus(rule.text("Status")) || len(id) > 255 || id != "" && ids[id] {
			return false
		}
		ids[id] = true
		if rule.find("Filter") == nil && rule.find("Prefix") == nil {
			return false
		}
		if !rule.only("ID", "Status", "Filter", "Prefix", "Expiration", "Transition",
			"NoncurrentVersionExpiration", "NoncurrentVersionTransition", "AbortIncompleteMultipartUpload") {
			return false
		}
		acts := 0
		for _, child := range rule.children {
			if !slices.Contains([]string{"ID", "Status", "Filter", "Prefix"}, child.name) {
				acts++
				if !checkAction(child) {
					return false
				}
			}
		}
		if acts == 0 {
			return false
		}
	}
	return true
}

// storageClasses are those that lifecycle moves objects to.
var storageClasses = []string{
	"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR",
}

// checkAction wants whole numbers of days, from 1 on (from 0 on to move an
// object), one moment for each action, and a storage class that there is.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html
func checkAction(action *element) bool {
	moves := strings.HasSuffix(action.name, "Transition")
	whens := 0
	for _, child := range action.children {
		text := strings.TrimSpace(child.content)
		switch child.name {
		case "Days", "NoncurrentDays", "DaysAfterInitiation":
			whens++
			days, err := strconv.ParseInt(text, 10, 32)
			if err != nil || days < 0 || days == 0 && !moves {
				return false
			}
		case "Date":
			whens++
			if _, err := time.Parse("2006-01-02", text); err == nil {
				continue
			}
			if date, err := time.Parse(time.RFC3339, text); err != nil || !date.Equal(date.Truncate(24*time.Hour)) {
				return false
			}
		case "ExpiredObjectDeleteMarker":
			if !isBool(text) {
				return false
			}
			if isTrue(text) || len(action.children) == 1 {
				whens++
			}
		case "NewerNoncurrentVersions":
			if count, err := strconv.ParseInt(text, 10, 32); err != nil || count < 1 || count > 100 {
				return false
			}
		case "StorageClass":
			if !moves || !slices.Contains(storageClasses, text) {
				return false
			}
		default:
			return false
		}
	}
	return whens == 1 && (!moves || action.find("StorageClass") != nil)
}

// infrequentDays is how long S3 keeps a version in STANDARD before it moves it to a
// class for infrequent access.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
const infrequentDays = 30

// refuseEarly refuses a lifecycle that moves versions too early.
func refuseEarly(root *element) error {
	for _, rule := range root.children {
		for _, action := range rule.children {
			class := action.text("StorageClass")
			if !strings.HasSuffix(action.name, "Transition") || class != "STANDARD_IA" && class != "ONEZONE_IA" {
				continue
			}
			name := "Days"
			if action.name == "NoncurrentVersionTransition" {
				name = "NoncurrentDays"
			}
			if days, err := strconv.Atoi(action.text(name)); err == nil && days < infrequentDays {
				return invalidArgument("'" + name + "' in " + action.name + " action must be greater than or equal to 30 " +
					"for storageClass '" + class + "'")
			}
		}
	}
	return nil
}

func checkLogging(root *element) bool {
	if !root.only("LoggingEnabled") {
		return false
	}
	enabled := root.find("LoggingEnabled")
	return enabled == nil || enabled.text("TargetBucket") != "" && enabled.find("TargetPrefix") != nil
}
