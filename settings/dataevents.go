package settings

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
	return append(ms, b.validatePartName(join(path, "name"), stack, b.DataEvents.Name, TrailSuffix)...)
}
