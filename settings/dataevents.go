package settings

import (
	"fmt"
	"regexp"
	"strings"
)

// Endings of names that follow from the data bucket's.
const (
	// TrailSuffix ends the names of the trail and, by default, of its bucket.
	TrailSuffix = "-trail"
	// AlarmsSuffix ends the names of the topic and of the role that publishes to it.
	AlarmsSuffix = "-alarms"
)

// DataEvents is a CloudTrail trail of the requests for the bucket's objects,
// with alarms and a separate locked bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
type DataEvents struct {
	// Name is the full name of the trail's bucket; empty means the data
	// bucket's name and [TrailSuffix].
	Name string
	// ManagementEvents also records the changes in the account, without which
	// there is no alarm about changes of the bucket's configuration. It isn't
	// needed if another trail of the account records them.
	ManagementEvents bool
	// Reads also records requests that only read.
	Reads bool
}

// TrailBucket returns the name of the trail's bucket for the data bucket with
// the given name, or "" if there is none.
func (b Bucket) TrailBucket(bucket string) string {
	switch {
	case b.DataEvents == nil:
		return ""
	case b.DataEvents.Name != "":
		return b.DataEvents.Name
	}
	return bucket + TrailSuffix
}

func decodeDataEvents(r *reader) *DataEvents {
	d := &DataEvents{ManagementEvents: true, Reads: true}
	r.str("name", &d.Name)
	r.boolean("managementEvents", &d.ManagementEvents)
	r.boolean("reads", &d.Reads)
	r.done()
	return d
}

func (b Bucket) validateDataEvents(path, stack string, in place) Mistakes {
	switch {
	case b.DataEvents == nil:
		return nil
	case in.endpoint != "":
		return onlyOnAWS(path, "an S3-compatible server has no CloudTrail")
	}
	ms := requiresAccount(path, in, "")
	ms = append(ms, b.validateTrailName(strings.TrimSuffix(path, ".dataEvents"), stack)...)
	return append(ms, b.validatePartName(join(path, "name"), stack, b.DataEvents.Name, TrailSuffix)...)
}

// adjacent are characters that the name of a trail can't have in a row.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
var adjacent = regexp.MustCompile(`[._-]{2}`)

// validateTrailName refuses a bucket whose trail, which has its name, CloudTrail
// would refuse after the buckets exist.
func (b Bucket) validateTrailName(path, stack string) Mistakes {
	name, prefix := b.NameOrPrefix(stack)
	key, value, whole := "namePrefix", prefix, prefix+"…"+TrailSuffix
	if name != "" {
		key, value, whole = "name", name, name+TrailSuffix
	}
	switch {
	case name != "" && nameRule(name) != "" || name == "" && prefixRule(prefix) != "":
		return nil // reported already
	case !adjacent.MatchString(value):
		return nil
	case b.Name == "" && b.NamePrefix == "":
		value, path = "", path+".dataEvents"
	default:
		value, path = quote(value), join(path, key)
	}
	return mistake(path, value, `the trail of "dataEvents" is called `+quote(whole)+
		", and CloudTrail accepts no two of '.', '_' and '-' in a row",
		`set a "name" or "namePrefix" of the bucket without them, or remove "dataEvents"`)
}

// mostTrails is the number of trails that an account can have in a Region; AWS
// doesn't raise it.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
const mostTrails = 5

// validateTrails refuses more trails than AWS allows, which it would do after the
// buckets exist, and two topics of the same name, of which each apply would replace
// the other's policy.
func (s Settings) validateTrails(stacks []string) Mistakes {
	if s.Endpoint != "" {
		return nil
	}
	var ms Mistakes
	of, topics := map[string][]string{}, map[string]string{}
	for _, stack := range stacks {
		b := s.Buckets[stack]
		if b.DataEvents == nil {
			continue
		}
		at := s.accountOf(b) + " " + s.RegionOf(stack)
		of[at] = append(of[at], stack)
		if b.Name == "" {
			continue // a generated name is unique
		}
		topic := at + " " + TopicName(b.Name)
		if first, taken := topics[topic]; taken {
			ms.add(join("buckets", stack)+".name", quote(b.Name), "the topic of the alarms is called "+
				quote(TopicName(b.Name))+", as that of stack "+quote(first)+", because a topic's name has '-' instead of '.'",
				`rename one of the buckets, or remove "dataEvents" from one`)
		}
		topics[topic] = stack
	}
	for _, at := range sortedKeys(of) {
		if with := of[at]; len(with) > mostTrails {
			ms.add(join("buckets", with[mostTrails])+".dataEvents", "", fmt.Sprintf(
				"is one of %d trails in Region %s, and AWS allows %d in a Region of an account, others of yours included",
				len(with), s.RegionOf(with[0]), mostTrails), `remove "dataEvents" from some of the buckets`)
		}
	}
	return ms
}

// TopicName returns the name of the topic for the alarms of the bucket with the given
// name. A topic's name can't contain a '.'.
// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
func TopicName(bucket string) string {
	return strings.ReplaceAll(bucket, ".", "-") + AlarmsSuffix
}
