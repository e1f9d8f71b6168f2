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
	// Address is that of the resource, such as aws_s3_bucket.bucket.
	Address string `json:"address"`
	// Message says what was found there.
	Message string `json:"message"`
	// Reason is why that is harmful, and Source the document behind it.
	Reason string `json:"reason"`
	Source string `json:"source"`
	// Exception is the reason of the exception that allows it, or empty.
	Exception string `json:"exception,omitempty"`
}

// Judge returns what the rules find, ordered by address and, for one address,
// by the order of the rules.
func (s *Subject) Judge(rules []Rule) []Finding {
	var all []Finding
	for _, rule := range rules {
		if !slices.Contains(rule.In, s.Kind) {
			continue
		}
		known := map[*resource]bool{}
		add := func(r *resource, message string) {
			known[r] = true
			all = append(all, Finding{
				Rule: rule.Name, Address: Printable(r.address), Message: Printable(message),
				Reason: rule.Reason, Source: rule.Source,
			})
		}
		rule.check(s, add)
		if s.drifted() {
			// What was weakened by hand and stays so shows against the state; what
			// was strengthened by hand and is taken back, against what was found.
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
