package audit

import (
	"strings"

	"datalock/internal/policy"
	"datalock/settings"
)

// An alarm is a rule of EventBridge.
type alarm struct {
	// name ends the rule's name.
	name    string
	pattern pattern
}

// A pattern is an event pattern, and anyOf a list of which one must match.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
type (
	pattern map[string]any
	anyOf   []any
)

// wantedAlarms are the declared ones, which docs/topology.md describes, written
// here again so that a mistake in the construct is found.
func (a *auditor) wantedAlarms() []alarm {
	b, data := a.data, anyOf{a.dataName}
	exists := anyOf{pattern{"exists": true}}
	begins := func(text string) pattern { return pattern{"prefix": text} }
	buckets := anyOf{a.dataName, a.Bucket}
	if b.Evidence != nil {
		buckets = append(buckets, b.EvidenceName(a.dataName))
	}
	trail := anyOf{a.dataName + settings.TrailSuffix, a.trailARN()}
	all := []alarm{
		{"deletions", recorded("s3", pattern{
			"eventName": anyOf{"DeleteObject", "DeleteObjects"}, "requestParameters": pattern{"bucketName": data},
		})},
		{"refused-locks", recorded("s3", pattern{
			"eventName": anyOf{"PutObjectLegalHold", "PutObjectRetention"}, "errorCode": exists,
			"requestParameters": pattern{"bucketName": data},
		})},
		{"bypass", recorded("s3", pattern{
			"requestParameters": pattern{"bucketName": data, "x-amz-bypass-governance-retention": exists},
		})},
		{"configuration", recorded("s3", pattern{
			"eventName": anyOf{
				begins("DeleteBucket"), begins("PutBucket"), "DeletePublicAccessBlock", "PutObjectLockConfiguration",
				"PutPublicAccessBlock",
			},
			"requestParameters": pattern{"bucketName": buckets},
		})},
		{"trail", recorded("cloudtrail", pattern{
			"eventName": anyOf{"DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"},
			"$or": anyOf{
				pattern{"requestParameters": pattern{"name": trail}},
				pattern{"requestParameters": pattern{"trailName": trail}},
			},
		})},
	}
	if b.Batch {
		all = append(all, alarm{"failed-jobs", pattern{
			"source": anyOf{"aws.s3"}, "detail-type": anyOf{"AWS Service Event via CloudTrail"},
			"detail": pattern{
				"eventSource": anyOf{"s3.amazonaws.com"}, "eventName": anyOf{"JobStatusChanged"},
				"serviceEventDetails": pattern{"status": anyOf{"Failed"}},
			},
		}})
	}
	return all
}

// recorded matches requests to a service that CloudTrail recorded.
func recorded(service string, detail pattern) pattern {
	detail["eventSource"] = anyOf{service + ".amazonaws.com"}
	return pattern{
		"source": anyOf{"aws." + service}, "detail-type": anyOf{"AWS API Call via CloudTrail"}, "detail": detail,
	}
}

// wantedRuleARNs are the ARNs of the alarms' rules, which may assume the role.
func wantedRuleARNs(b settings.Bucket, name string) policy.Values {
	endings := []string{"deletions", "refused-locks", "bypass", "configuration", "trail"}
	if b.Batch {
		endings = append(endings, "failed-jobs")
	}
	var arns policy.Values
	for _, ending := range endings {
		arns = append(arns, strings.Join([]string{
			"arn", b.Partition(), "events", b.Region, b.Account,
			"rule/" + settings.RoleName(name, "-"+ending),
		}, ":"))
	}
	return arns
}

// wantedTopicPolicy lets S3 publish for the data bucket.
func (a *auditor) wantedTopicPolicy() policy.Document {
	topic := policy.Values{a.topicARN()}
	d := policy.Document{Version: policy.Version, Statement: policy.Statements{
		deny("DenyInsecurePublish", topic, when("Bool", "aws:SecureTransport", "false"), "sns:Publish"),
	}}
	if a.data.Replica != nil {
		d.Statement = append(d.Statement, policy.Statement{
			Sid: "AllowReplicationFailures", Effect: "Allow", Principal: policy.Principals{"Service:s3.amazonaws.com"},
			Action: policy.Values{"sns:Publish"}, Resource: topic,
			Condition: policy.Conditions(when("ArnEquals", "aws:SourceArn", bucketARN(a.data, a.dataName)).
				and("StringEquals", "aws:SourceAccount", a.data.Account)),
		})
	}
	return d
}
