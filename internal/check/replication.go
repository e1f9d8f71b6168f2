package check

import (
	"slices"
	"strings"
)

// destinations returns the destinations of the enabled replication rules: the
// bucket's ARN, and the account and new owner if they are given.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html
func destinations(values object) []string {
	var all []string
	for _, rule := range blocks(values, "rule") {
		if text(rule, "status") != "Enabled" {
			continue
		}
		parts := []string{text(rule, "destination", "bucket")}
		for _, path := range [][]string{{"account"}, {"access_control_translation", "owner"}} {
			if value := text(at(rule, "destination"), path...); value != "" {
				parts = append(parts, value)
			}
		}
		all = append(all, strings.Join(parts, " "))
	}
	return all
}

// toLocked reports whether a destination is a locked bucket of the same plan or
// stack, without another account or owner.
func (s *Subject) toLocked(destination string) bool {
	return slices.ContainsFunc(s.ofType[bucketType], func(b *resource) bool {
		_, name, _ := strings.Cut(destination, ":s3:::")
		named := name == text(b.after, "bucket") || name == "${"+b.address+".bucket}"
		return name != "" && named && b.stays() && b.locked && b.guardedBy[lockType]
	})
}

func findReplicated(s *Subject, found report) {
	for _, r := range s.ofType[replicationType] {
		before := destinations(r.before)
		for _, to := range destinations(r.after) {
			if !slices.Contains(before, to) && !s.toLocked(to) {
				found(r, "everything new is copied to "+to)
			}
		}
	}
}
