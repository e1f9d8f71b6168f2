package bucket

import (
	"strconv"

	"datalock/settings"
)

// lockingActions are those that may name a retention: uploads and copies, and
// changes of a version's retention. Each supports the condition keys of Object
// Lock; S3 refuses a policy where an action doesn't.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var lockingActions = []string{"s3:PutObject", "s3:PutObjectRetention"}

// retentionStatements keep writers from naming a retention that is weaker than
// the bucket's default, or longer than anybody wants. All of them match
// positively: a request that names nothing has none of these keys, passes, and
// gets the default retention.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-retention-limits
func retentionStatements(objects string, r settings.Retention) []statement {
	limit := func(sid, operator, key, value string) statement {
		return deny(sid, lockingActions, []string{objects}, conditions{operator: {key: {value}}})
	}
	const remaining = "s3:object-lock-remaining-retention-days"
	var statements []statement
	if r.Mode == settings.Compliance {
		statements = append(statements, limit("DenyWeakerMode", "StringEquals", "s3:object-lock-mode", string(settings.Governance)))
	}
	return append(statements,
		limit("DenyRetentionBelowDefault", "NumericLessThan", remaining, strconv.Itoa(floor(r))),
		limit("DenyRetentionAboveMaximum", "NumericGreaterThan", remaining, strconv.Itoa(r.Ceiling())),
		// A version under an event hold has no end of its retention yet, which
		// would undo the maximum, and gets one of any length afterwards, which
		// would undo the minimum.
		deny("DenyEventHold", append([]string{"s3:ReplicateObject"}, lockingActions...), []string{objects}, conditions{"StringEquals": {"s3:object-lock-event-hold": {"ON"}}}),
		deny("DenyGovernanceBypass", []string{"s3:BypassGovernanceRetention"}, []string{objects}, nil),
	)
}

// floor returns the least number of remaining whole days that a request may
// name. A date of exactly the default retention from now has, when S3 looks at
// it a moment later, one whole day less and almost all of another one left, so
// that day is given. It isn't where it is the only one: a retention of an hour
// has no whole day either.
func floor(r settings.Retention) int {
	return max(1, r.TotalDays()-1)
}
