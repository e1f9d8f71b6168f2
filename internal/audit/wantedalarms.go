package audit

import (
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

// wantedTopicPolicy lets the rules, and S3 for the data bucket, publish.
func (a *auditor) wantedTopicPolicy(rules []alarm) policy.Document {
	topic := policy.Values{a.topicARN()}
	publish := func(sid, service string, when conditions) policy.Statement {
		return policy.Statement{
			Sid: sid, Effect: "Allow", Principal: policy.Principals{"Service:" + service},
			Action: policy.Values{"sns:Publish"}, Resource: topic, Condition: policy.Conditions(when),
		}
	}
	var arns []string
	for _, r := range rules {
		arns = append(arns, "arn:"+settings.Partition(a.data.Region)+":events:"+a.data.Region+":"+a.data.Account+
			":rule/"+a.ruleName(r))
	}
	d := policy.Document{Version: policy.Version, Statement: policy.Statements{
		publish("AllowAlarms", "events.amazonaws.com", when("ArnEquals", "aws:SourceArn", arns...)),
		deny("DenyInsecurePublish", topic, when("Bool", "aws:SecureTransport", "false"), "sns:Publish"),
	}}
	if a.data.Replica != nil {
		d.Statement = append(d.Statement, publish("AllowReplicationFailures", "s3.amazonaws.com",
			when("ArnEquals", "aws:SourceArn", bucketARN(a.data, a.dataName)).
				and("StringEquals", "aws:SourceAccount", a.data.Account)))
	}
	return d
}
