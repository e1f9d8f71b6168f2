package bucket

import (
	"strconv"

	"datalock/internal/policy"
	"datalock/settings"
)

// lockingActions are the actions that can set a retention: uploads, copies, and
// changes of a version's retention. All support the condition keys of Object
// Lock; S3 refuses a policy with an action that doesn't.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var lockingActions = []string{"s3:PutObject", "s3:PutObjectRetention"}

// retentionStatements deny a retention that is weaker than the bucket's default
// or longer than the maximum. None uses a negated operator: a request that sets
// no retention has none of these condition keys, so it isn't denied, and gets
// the default retention.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-retention-limits
func retentionStatements(objects string, r settings.Retention) policy.Statements {
	limit := func(sid, operator, key, value string) policy.Statement {
		return deny(sid, lockingActions, []string{objects}, policy.Conditions{operator: {key: {value}}})
	}
	const remaining = "s3:object-lock-remaining-retention-days"
	var statements policy.Statements
	if r.Mode == settings.Compliance {
		statements = append(statements,
			limit("DenyWeakerMode", "StringEquals", "s3:object-lock-mode", string(settings.Governance)))
	}
	return append(statements,
		limit("DenyRetentionBelowDefault", "NumericLessThan", remaining, strconv.Itoa(floor(r))),
		limit("DenyRetentionAboveMaximum", "NumericGreaterThan", remaining, strconv.Itoa(r.Ceiling())),
		// The retention of a version under an event hold has no end yet, which
		// evades the maximum. Later it can have any length, which evades the
		// minimum.
		deny("DenyEventHold", append([]string{"s3:ReplicateObject"}, lockingActions...), []string{objects},
			policy.Conditions{"StringEquals": {"s3:object-lock-event-hold": {"ON"}}}),
		deny("DenyGovernanceBypass", []string{"s3:BypassGovernanceRetention"}, []string{objects}, nil),
	)
}

// floor returns the least number of remaining whole days that a request can
// set. When S3 evaluates a date of exactly the default retention from now, a
// moment has passed, so one whole day less remains; that day is allowed. A
// default of one day has none to spare, because an hour is also less than a
// whole day.
func floor(r settings.Retention) int {
	return max(1, r.TotalDays()-1)
}
