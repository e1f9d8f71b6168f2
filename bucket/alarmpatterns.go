package bucket

import (
	"strings"

	"datalock/internal/plainjson"
	"datalock/settings"
)

// An alarm is an EventBridge rule for one kind of event.
type alarm struct {
	// name is the end of the rule's name, what its description.
	name, what string
	pattern    pattern
}

// id returns the alarm's part of its logical ids.
func (a alarm) id() string { return strings.ReplaceAll(a.name, "-", "_") }

// A pattern is an event pattern. All members must match, and one value of each list.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
type pattern map[string]any

type list = []any

func (p pattern) text() string {
	text, err := plainjson.Compact(p)
	if err != nil {
		panic(err) // text can always be encoded
	}
	return string(text)
}

var exists = list{map[string]bool{"exists": true}}

// prefix matches values that begin with a text.
func prefix(text string) map[string]string { return map[string]string{"prefix": text} }

// alarmsOf returns the alarms of the data bucket with the given name, which is
// the first of the stack's buckets.
func alarmsOf(config settings.Bucket, buckets []string, name string) []alarm {
	var all list
	for _, bucket := range buckets {
		all = append(all, bucket)
	}
	data := list{name}
	alarms := []alarm{
		{
			"deletions", "Somebody deletes, or tries to delete, objects or versions.",
			requests("s3", pattern{
				"eventName": list{"DeleteObject", "DeleteObjects"}, "requestParameters": pattern{"bucketName": data},
			}),
		},
		{
			"refused-locks", "S3 refuses to change a retention or a legal hold.",
			requests("s3", pattern{
				"eventName": list{"PutObjectLegalHold", "PutObjectRetention"}, "errorCode": exists,
				"requestParameters": pattern{"bucketName": data},
			}),
		},
		{
			"bypass", "Somebody tries to bypass GOVERNANCE retention.",
			requests("s3", pattern{"requestParameters": pattern{
				"bucketName": data, "x-amz-bypass-governance-retention": exists,
			}}),
		},
		{
			"configuration", "Somebody changes, or tries to change, the configuration of a bucket.",
			requests("s3", pattern{
				"eventName": list{
					prefix("DeleteBucket"), prefix("PutBucket"), "DeletePublicAccessBlock", "PutObjectLockConfiguration",
					"PutPublicAccessBlock",
				},
				"requestParameters": pattern{"bucketName": all},
			}),
		},
		{
			"trail", "Somebody stops, changes or deletes the trail.",
			requests("cloudtrail", trailChanges(list{name + settings.TrailSuffix, trailARN(config, name)})),
		},
	}
	if config.Batch {
		alarms = append(alarms, alarm{
			"failed-jobs", "A job of S3 Batch Operations in the account fails.",
			pattern{
				"source": list{"aws.s3"}, "detail-type": list{"AWS Service Event via CloudTrail"},
				"detail": pattern{
					"eventSource": list{"s3.amazonaws.com"}, "eventName": list{"JobStatusChanged"},
					"serviceEventDetails": pattern{"status": list{"Failed"}},
				},
			},
		})
	}
	return alarms
}

// trailChanges returns the pattern of changes of the trail, which requests name in
// one of two parameters.
func trailChanges(names list) pattern {
	return pattern{
		"eventName": list{"DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"},
		"$or": list{
			pattern{"requestParameters": pattern{"name": names}},
			pattern{"requestParameters": pattern{"trailName": names}},
		},
	}
}

// requests returns the pattern of requests to a service that CloudTrail recorded.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func requests(service string, detail pattern) pattern {
	detail["eventSource"] = list{service + ".amazonaws.com"}
	return pattern{
		"source": list{"aws." + service}, "detail-type": list{"AWS API Call via CloudTrail"}, "detail": detail,
	}
}
