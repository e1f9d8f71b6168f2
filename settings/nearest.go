package settings

import (
	"slices"
	"strings"
)

// nearest returns the candidate that a misspelled word most likely means, or
// "". Two letters may differ, and in long words a third of them.
func nearest(word string, candidates []string) string {
	if len(word) > 40 {
		return ""
	}
	best, least := "", min(len(word), 1+max(2, len(word)/3))
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two strings in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// homeOf returns the object in which a misplaced key belongs.
func homeOf(path, key string) string {
	if strings.HasPrefix(path, "backend") {
		if path == "backend.cloud" && slices.Contains([]string{"name", "tags", "project"}, key) {
			return `"workspaces"`
		}
		return "" // a backend has other keys with these names
	}
	switch key {
	case "mode", "days", "years", "confirmRetentionDays", "maximumDays":
		return `a bucket's "retention"`
	case "algorithm", "keyArn":
		return `a bucket's "encryption"`
	case "transitions", "abortIncompleteMultipartUploadDays", "noncurrentVersionExpirationDays":
		return `a bucket's "lifecycle"`
	case "name", "namePrefix", "retention", "preventDestroy",
		"encryption", "minimumTLSVersion", "deleteMarkers", "writeOnce", "guardians", "lifecycle", "expectedTB", "renew",
		"evidence", "accessLogs", "inventory", "batch", "replica", "dataEvents", "adopt", "policyStatements":
		return `a bucket, inside "buckets"`
	case "expirationDays":
		return `a bucket's "evidence"`
	case "managementEvents", "reads":
		return `a bucket's "dataEvents"`
	case "frequency":
		return `a bucket's "inventory"`
	case "keepDays", "whenLeftDays", "prefixes":
		return `a bucket's "renew"`
	case "scope", "pricePerTBMonth":
		return `"check"`
	case "rule", "address", "stack", "reason", "until":
		return `one of the "exceptions"`
	case "account", "endpoint", "backend", "buckets", "check", "exceptions":
		return `"datalock", next to "buckets"`
	}
	return ""
}
