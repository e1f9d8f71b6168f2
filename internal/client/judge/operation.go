package judge

import (
	"net/url"
	"slices"
	"strings"
)

// An Operation is the name of a request's operation in the S3 API.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
type Operation string

// The operations that are judged. Others are named after their method and
// resource, such as GetBucketPolicy.
const (
	PutObject               Operation = "PutObject"
	PostObject              Operation = "PostObject"
	CopyObject              Operation = "CopyObject"
	CreateMultipartUpload   Operation = "CreateMultipartUpload"
	UploadPart              Operation = "UploadPart"
	UploadPartCopy          Operation = "UploadPartCopy"
	CompleteMultipartUpload Operation = "CompleteMultipartUpload"
	AbortMultipartUpload    Operation = "AbortMultipartUpload"
	PutObjectRetention      Operation = "PutObjectRetention"
	PutObjectLegalHold      Operation = "PutObjectLegalHold"
	PutObjectACL            Operation = "PutObjectAcl"
	DeleteObject            Operation = "DeleteObject"
	DeleteObjects           Operation = "DeleteObjects"
	CreateBucket            Operation = "CreateBucket"
	DeleteBucket            Operation = "DeleteBucket"
	ListBuckets             Operation = "ListBuckets"
	// Other is a request that isn't an S3 request.
	Other Operation = "a request that isn't S3's"
)

// creating are the operations that create an object version.
var creating = []Operation{PutObject, PostObject, CopyObject, CompleteMultipartUpload}

// carrying are the operations whose headers set the properties of a version.
var carrying = []Operation{PutObject, PostObject, CopyObject, CreateMultipartUpload}

// aboutBuckets and aboutObjects map the sub-resources of buckets and objects to
// the names in operations.
var (
	aboutBuckets = map[string]string{
		"accelerate":          "BucketAccelerateConfiguration",
		"acl":                 "BucketAcl",
		"analytics":           "BucketAnalyticsConfiguration",
		"cors":                "BucketCors",
		"encryption":          "BucketEncryption",
		"intelligent-tiering": "BucketIntelligentTieringConfiguration",
		"inventory":           "BucketInventoryConfiguration",
		"lifecycle":           "BucketLifecycleConfiguration",
		"location":            "BucketLocation",
		"logging":             "BucketLogging",
		"metrics":             "BucketMetricsConfiguration",
		"notification":        "BucketNotificationConfiguration",
		"object-lock":         "ObjectLockConfiguration",
		"ownershipControls":   "BucketOwnershipControls",
		"policy":              "BucketPolicy",
		"policyStatus":        "BucketPolicyStatus",
		"publicAccessBlock":   "PublicAccessBlock",
		"replication":         "BucketReplication",
		"requestPayment":      "BucketRequestPayment",
		"tagging":             "BucketTagging",
		"versioning":          "BucketVersioning",
		"website":             "BucketWebsite",
	}
	aboutObjects = map[string]string{
		"acl":        "ObjectAcl",
		"attributes": "ObjectAttributes",
		"legal-hold": "ObjectLegalHold",
		"retention":  "ObjectRetention",
		"tagging":    "ObjectTagging",
		"torrent":    "ObjectTorrent",
	}
	verbs = map[string]string{"GET": "Get", "HEAD": "Head", "PUT": "Put", "DELETE": "Delete", "POST": "Post"}
)

// Name returns the operation of a request. form says that its body is a form.
func (r Request) Name(form bool) Operation {
	switch {
	case r.Service != "":
		return Other
	case r.Bucket == "":
		if r.Method == "GET" {
			return ListBuckets
		}
		return Other
	case r.Key == "":
		return r.nameOfBucket(form)
	}
	return r.nameOfObject()
}

func (r Request) nameOfBucket(form bool) Operation {
	for name, resource := range aboutBuckets {
		if r.has(name) {
			return Operation(verbs[r.Method] + resource)
		}
	}
	switch {
	case r.Method == "POST" && r.has("delete"):
		return DeleteObjects
	case r.Method == "POST" && form:
		return PostObject
	case r.Method == "GET" && r.has("versions"):
		return "ListObjectVersions"
	case r.Method == "GET" && r.has("uploads"):
		return "ListMultipartUploads"
	case r.Method == "GET" && r.Query["list-type"] == "2":
		return "ListObjectsV2"
	case r.Method == "GET":
		return "ListObjects"
	case r.Method == "HEAD":
		return "HeadBucket"
	case r.Method == "PUT":
		return CreateBucket
	case r.Method == "DELETE":
		return DeleteBucket
	}
	return Other
}

func (r Request) nameOfObject() Operation {
	for name, resource := range aboutObjects {
		if r.has(name) {
			return Operation(verbs[r.Method] + resource)
		}
	}
	copies := r.header("x-amz-copy-source") != ""
	switch {
	case r.Method == "GET" && r.has("uploadId"):
		return "ListParts"
	case r.Method == "PUT" && r.has("partNumber") && copies:
		return UploadPartCopy
	case r.Method == "PUT" && r.has("partNumber"):
		return UploadPart
	case r.Method == "PUT" && copies:
		return CopyObject
	case r.Method == "POST" && r.has("uploads"):
		return CreateMultipartUpload
	case r.Method == "POST" && r.has("uploadId"):
		return CompleteMultipartUpload
	case r.Method == "POST" && r.has("select"):
		return "SelectObjectContent"
	case r.Method == "POST" && r.has("restore"):
		return "RestoreObject"
	case r.Method == "DELETE" && r.has("uploadId"):
		return AbortMultipartUpload
	case r.Method == "POST":
		return Other
	}
	return Operation(verbs[r.Method] + "Object")
}

// creates reports whether the request creates an object version.
func (r Request) creates() bool { return slices.Contains(creating, r.Operation) }

// carries reports whether the request's headers set the properties of a
// version.
func (r Request) carries() bool { return slices.Contains(carrying, r.Operation) }

// deletesCurrent reports whether the request deletes an object without naming a
// version.
func (r Request) deletesCurrent() bool { return r.Operation == DeleteObject && r.version() == "" }

// copySource reads the header of a copy: BUCKET/KEY or /BUCKET/KEY,
// URL-encoded, with an optional version.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func copySource(header string) string {
	path, _, _ := strings.Cut(strings.TrimPrefix(header, "/"), "?versionId=")
	if plain, err := url.PathUnescape(path); err == nil {
		return strings.TrimPrefix(plain, "/")
	}
	return path
}
