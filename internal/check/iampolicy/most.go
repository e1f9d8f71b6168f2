package iampolicy

import "slices"

// Most returns the largest value of a numeric condition key that the document
// allows in a request, or limit if no statement surely denies larger ones.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-retention-limits
func (d Document) Most(action, resource, key string, limit float64) float64 {
	for _, s := range d.Statements {
		request := Request{Action: action, Resource: resource, Principal: Anybody}
		if s.Effect != "Deny" || len(s.Condition) != 1 || !s.reaches(request) || !slices.Contains(s.Principal, "*") {
			continue
		}
		for operator, keys := range s.Condition {
			for name, bounds := range keys {
				above := numbers(bounds)
				if len(keys) != 1 || !sameFold(name, key) || above == nil {
					continue
				}
				switch operator {
				case "NumericGreaterThan":
					limit = min(limit, slices.Min(above))
				case "NumericGreaterThanEquals":
					limit = min(limit, slices.Min(above)-1)
				}
			}
		}
	}
	return limit
}
