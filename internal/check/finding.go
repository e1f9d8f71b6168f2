package check

import (
	"cmp"
	"maps"
	"slices"
)

// A Finding is one thing in a plan or a stack that can harm locked data.
type Finding struct {
	// Rule is the name of the rule.
	Rule string `json:"rule"`
	// Address is the address of the resource, such as aws_s3_bucket.bucket.
	Address string `json:"address"`
	// Message says what was found.
	Message string `json:"message"`
	// Reason says why it is harmful; Source is the AWS or Terraform document.
	Reason string `json:"reason"`
	Source string `json:"source"`
	// Exception is the reason of the exception that allows it, or empty.
	Exception string `json:"exception,omitempty"`

	at *resource // what it is about
}

// Judge returns the findings, ordered by address and then by rule.
func (s *Subject) Judge(rules []Rule) []Finding {
	var all []Finding
	for _, rule := range rules {
		if !slices.Contains(rule.In, s.Kind) {
			continue
		}
		known := map[*resource]bool{}
		add := func(r *resource, message string) {
			if s.outOfScope[r] {
				return
			}
			known[r] = true
			all = append(all, Finding{
				Rule: rule.Name, Address: Printable(r.address), Message: Printable(message),
				Reason: rule.Reason, Source: rule.Source, at: r,
			})
		}
		rule.check(s, add)
		if s.drifted() {
			// Compared with the state, a guard is found that was weakened by hand and
			// stays weak; compared with what Terraform found, one that was strengthened
			// by hand and that the plan weakens again.
			s.comparedWithFound(func() {
				before := maps.Clone(known)
				rule.check(s, func(r *resource, message string) {
					if !before[r] {
						add(r, message)
					}
				})
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Address, b.Address) })
	return all
}
