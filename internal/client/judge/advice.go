package judge

import (
	"slices"

	"datalock/internal/prove"
)

// A topic is the subject of advice: a problem, or the guard that denied a
// request.
type topic string

// aboutGuards has the topic of each guard.
var aboutGuards = map[prove.Guard]topic{
	prove.NoDeleteMarkers:  "delete",
	prove.WriteOnce:        "overwrite",
	prove.SameEncryption:   "encryption",
	prove.NoCustomerKey:    "encryption",
	prove.NoOtherKey:       "encryption",
	prove.NoUnnamedKey:     "encryption",
	prove.NoWeakerMode:     "retention",
	prove.RetentionFloor:   "retention",
	prove.RetentionCeiling: "retention",
	prove.NoBypass:         "bypass",
	prove.NoEventHold:      "hold",
	prove.OldTLS:           "tls",
	prove.SealACLs:         topic(NamesACL),
}

// switches says what to change in each program. docs/writers.md lists which of
// them were tested.
var switches = map[topic]map[string]string{
	topic(NoChecksum): {
		"AWS CLI":                   "don't set request_checksum_calculation to when_required (1.37, 2.23 or later)",
		"boto3":                     "don't set request_checksum_calculation to when_required (botocore 1.36 or later)",
		"botocore":                  "don't set request_checksum_calculation to when_required (botocore 1.36 or later)",
		"AWS SDK for Go v2":         "don't set RequestChecksumCalculation to WhenRequired (service/s3 v1.73.0 or later)",
		"AWS SDK for Go v1":         "set ContentMD5, or use AWS SDK for Go v2",
		"AWS SDK for JavaScript v3": "don't set requestChecksumCalculation to WHEN_REQUIRED (3.729.0 or later)",
		"AWS SDK for Java v1":       "set the request's ContentMD5, or use AWS SDK for Java v2",
		"AWS SDK for Java v2":       "don't set requestChecksumCalculation to WHEN_REQUIRED (2.30.0 or later)",
		"Hadoop S3A":                "set fs.s3a.create.checksum.algorithm=CRC32 (a release with HADOOP-15224)",
		"Kafka Connect":             "set s3.send.digest=true (confluentinc/kafka-connect-storage-cloud#757)",
		"object_store":              "set aws_checksum_algorithm=sha256",
		"rclone":                    "leave disable_checksum unset; rcat has no checksum in older versions: copy a file",
		noAgent:                     "s3cmd sends no User-Agent and can't (s3tools/s3cmd#1177); use another client",
		"MinIO client":              "mc cp --md5, or --checksum",
		"MinIO SDK":                 "set SendContentMd5 or Checksum in PutObjectOptions",
		"s3fs":                      "mount with -o enable_content_md5",
		"":                          "send Content-MD5 or an x-amz-checksum-* header with each put and each part",
	},
	topic(NamesACL): {
		"AWS CLI":    "leave out --acl",
		"boto3":      "leave out ACL",
		"Hadoop S3A": "leave fs.s3a.acl.default unset",
		"rclone":     "leave acl empty; old versions: --s3-acl bucket-owner-full-control",
		"s3fs":       "leave out -o default_acl",
		"":           "name no ACL, or bucket-owner-full-control",
	},
	"delete": {
		"AWS CLI":    "use aws s3 cp instead of mv, and sync without --delete",
		"rclone":     "use copy instead of move and sync",
		"Hadoop S3A": "use the magic committer (fs.s3a.committer.name=magic) and fs.s3a.directory.marker.retention=keep",
		"MinIO SDK":  "restic: use --no-lock for read-only commands; backup, forget and prune delete their lock files",
		"": "don't delete in this bucket: keep temporary and lock objects in another bucket; " +
			"or set \"deleteMarkers\": \"allow\", which lets programs hide objects but frees no storage",
	},
	"overwrite": {
		"AWS CLI":                   "use aws s3api put-object --if-none-match '*'",
		"boto3":                     "pass IfNoneMatch='*' to put_object",
		"AWS SDK for Go v2":         "set IfNoneMatch: aws.String(\"*\")",
		"AWS SDK for JavaScript v3": "set IfNoneMatch: \"*\"",
		"rclone":                    "--header-upload 'If-None-Match: *'; version 1.60 can't send it, 1.76 can",
		"":                          "send If-None-Match: * with each put, copy and completed upload; or leave writeOnce off",
	},
	"encryption": {
		"": "name no encryption: the bucket encrypts each object by its default",
	},
	"retention": {
		"": "name no retention: each version gets the bucket's default; a longer one must not exceed retention.maximumDays",
	},
	"bypass": {"": "don't send x-amz-bypass-governance-retention"},
	"hold":   {"": "use a legal hold instead of an event hold"},
	"tls":    {"": "make the program use a newer TLS version, or set minimumTLSVersion to \"1.2\""},
	topic(Locked): {
		"": "don't delete versions or shorten their retention before it ends: let a lifecycle rule expire them afterwards",
	},
	topic(Credentials): {
		"": "make the program read AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION from its environment",
	},
	topic(OldSignature): {
		"": "sign with Signature Version 4: in the AWS CLI 1 and boto3 set s3.signature_version to s3v4",
	},
	topic(NoRight): {
		"rclone": "--s3-no-check-bucket",
		"":       "leave it to the role that deploys the bucket, and make the program continue without it",
	},
	topic(OtherBucket): {
		"": "pass the bucket as {bucket} or DATALOCK_BUCKET; test what it does in other buckets there",
	},
	topic(VirtualHost): {
		"AWS CLI":                   "set s3.addressing_style to path",
		"boto3":                     "pass Config(s3={'addressing_style': 'path'})",
		"AWS SDK for Go v2":         "set UsePathStyle: true",
		"AWS SDK for JavaScript v3": "set forcePathStyle: true",
		"":                          "use path-style requests; many programs do if the endpoint is an IP address",
	},
	topic(Copied): {
		"AWS CLI":    "use aws s3 cp to the final key instead of mv",
		"rclone":     "use copy instead of move and moveto",
		"Hadoop S3A": "use the magic committer, which doesn't rename: fs.s3a.committer.name=magic",
		"":           "write to the final key, and don't rename",
	},
	topic(Temporary): {
		"": "keep temporary, lock and test objects in another bucket",
	},
	topic(Overwrites): {
		"": "write each object under its own key, or set \"writeOnce\": true, so that S3 refuses the second write",
	},
	topic(Markers): {"": "set \"deleteMarkers\": \"deny\" so that objects can't be hidden"},
	topic(Classes): {
		"": "let a lifecycle rule set the class (lifecycle.transitions), or check its cost for the whole retention",
	},
	topic(SmallParts): {
		"AWS CLI": "raise s3.multipart_chunksize",
		"boto3":   "raise multipart_chunksize in TransferConfig",
		"rclone":  "raise --s3-chunk-size",
		"":        "use larger parts: each is a billed request, and S3 allows at most 10,000",
	},
	topic(Unfinished): {
		"": "complete or abort each upload; S3 removes the rest after lifecycle.abortIncompleteMultipartUploadDays",
	},
}

// advice returns what to change: the program's specific advice, and the general
// advice.
func advice(program string, topics ...topic) []string {
	var list []string
	add := func(text string) {
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	for _, t := range topics {
		own := ""
		if program != "" {
			own = switches[t][program]
		}
		if own != "" {
			add(program + ": " + own)
		}
		if own == "" || keepsGeneral(t) {
			add(switches[t][""])
		}
	}
	return list
}

// keepsGeneral reports whether the general advice names a bucket setting, and
// so is shown beside the program's specific advice.
func keepsGeneral(t topic) bool { return t == "delete" || t == "overwrite" }

// topics returns the topics of a cause.
func (c cause) topics() []topic {
	if c.problem != Denied {
		return []topic{topic(c.problem)}
	}
	list := make([]topic, 0, len(c.guards))
	for _, guard := range c.guards {
		list = append(list, aboutGuards[guard])
	}
	return list
}
