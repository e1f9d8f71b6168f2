package front

import (
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3err"
)

// kind is one configuration that a bucket can have.
type kind struct {
	// query is the sub-resource in the request's query, and the name under
	// which the document is kept.
	query string
	// checksum is set if S3 refuses a put without a checksum or Content-MD5.
	checksum bool
	// root is the document's root element.
	root        string
	read, write auth.Action
	// remove is the action of a DELETE where it isn't write's.
	remove    auth.Action
	deletable bool
	// readOnly is set where versitygw does the rest.
	readOnly bool
	// missing is S3's answer where there is no document; nil where S3 answers
	// with fallback instead.
	missing  *s3err.APIError
	fallback string
	// item is set for configurations of which a bucket has many, by id.
	item *item
	// headers belong to the configuration as much as its body.
	headers []header
	// check says whether S3 would take the document.
	check func(*element) bool
	// put and get stand in for the usual way.
	put func(*Front, fiber.Ctx, string, []byte) error
	get func(*Front, fiber.Ctx, string) (*controllers.Response, error)
}

// header is a request header with a closed set of values, the first of which
// is the default.
type header struct {
	name, fallback string
	values         []string
}

func (h header) takes(value string) bool { return slices.Contains(h.values, value) }

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	namespace = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`
)

func notFound(code, message string) *s3err.APIError {
	return &s3err.APIError{Code: code, Description: message, HTTPStatusCode: http.StatusNotFound}
}

func invalidArgument(message string) s3err.APIError {
	return s3err.APIError{Code: "InvalidArgument", Description: message, HTTPStatusCode: http.StatusBadRequest}
}

var errInvalidTargetBucket = s3err.APIError{
	Code:           "InvalidTargetBucketForLogging",
	Description:    "The target bucket for logging does not exist",
	HTTPStatusCode: http.StatusBadRequest,
}

var noSuchConfiguration = notFound("NoSuchConfiguration", "The specified configuration does not exist.")

// kinds is the table of the configurations kept here. The answers where there
// is no document are those of the S3 API reference.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
var kinds = []kind{
	{
		query: "publicAccessBlock", root: "PublicAccessBlockConfiguration", deletable: true,
		read: auth.GetBucketPublicAccessBlockAction, write: auth.PutBucketPublicAccessBlockAction,
		missing: notFound("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
		check:   checkPublicAccessBlock,
	},
	{
		query: "encryption", root: "ServerSideEncryptionConfiguration", deletable: true,
		read: auth.GetEncryptionConfigurationAction, write: auth.PutEncryptionConfigurationAction,
		// Since January 2023 S3 encrypts with AES256 where nothing is set.
		fallback: xmlHead + `<ServerSideEncryptionConfiguration` + namespace +
			`><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
		check: checkEncryption,
	},
	{
		query: "lifecycle", root: "LifecycleConfiguration", deletable: true, checksum: true,
		read: auth.GetLifecycleConfigurationAction, write: auth.PutLifecycleConfigurationAction,
		missing: notFound("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
		headers: []header{{
			"x-amz-transition-default-minimum-object-size", "all_storage_classes_128K",
			[]string{"all_storage_classes_128K", "varies_by_storage_class"},
		}},
		check: checkLifecycle,
	},
	{
		query: "logging", root: "BucketLoggingStatus",
		read: auth.GetBucketLoggingAction, write: auth.PutBucketLoggingAction,
		fallback: xmlHead + `<BucketLoggingStatus` + namespace + `></BucketLoggingStatus>`,
		check:    checkLogging,
	},
	{
		query: "replication", root: "ReplicationConfiguration", deletable: true, checksum: true,
		read: auth.GetReplicationConfigurationAction, write: auth.PutReplicationConfigurationAction,
		missing: notFound("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
		check:   func(root *element) bool { return root.text("Role") != "" && root.find("Rule") != nil },
	},
	{
		query: "notification", root: "NotificationConfiguration",
		read: auth.GetBucketNotificationAction, write: auth.PutBucketNotificationAction,
		fallback: xmlHead + `<NotificationConfiguration` + namespace + `></NotificationConfiguration>`,
	},
	{
		query: "accelerate", root: "AccelerateConfiguration",
		read: auth.GetAccelerateConfigurationAction, write: auth.PutAccelerateConfigurationAction,
		fallback: xmlHead + `<AccelerateConfiguration` + namespace + `></AccelerateConfiguration>`,
		check: func(root *element) bool {
			return slices.Contains([]string{"Enabled", "Suspended"}, root.text("Status"))
		},
	},
	{
		query: "requestPayment", root: "RequestPaymentConfiguration",
		read: auth.GetBucketRequestPaymentAction, write: auth.PutBucketRequestPaymentAction,
		fallback: xmlHead + `<RequestPaymentConfiguration` + namespace +
			`><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`,
		check: func(root *element) bool {
			return slices.Contains([]string{"BucketOwner", "Requester"}, root.text("Payer"))
		},
	},
	{
		query: "inventory", root: "InventoryConfiguration", deletable: true,
		read: auth.GetInventoryConfigurationAction, write: auth.PutInventoryConfigurationAction,
		missing: noSuchConfiguration, item: &item{"ListInventoryConfigurationsResult"},
	},
	{
		query: "analytics", root: "AnalyticsConfiguration", deletable: true,
		read: auth.GetAnalyticsConfigurationAction, write: auth.PutAnalyticsConfigurationAction,
		missing: noSuchConfiguration, item: &item{"ListBucketAnalyticsConfigurationsResult"},
	},
	{
		query: "metrics", root: "MetricsConfiguration", deletable: true,
		read: auth.GetMetricsConfigurationAction, write: auth.PutMetricsConfigurationAction,
		missing: noSuchConfiguration, item: &item{"ListMetricsConfigurationsResult"},
	},
	{
		query: "intelligent-tiering", root: "IntelligentTieringConfiguration", deletable: true,
		read: auth.GetIntelligentTieringConfigurationAction, write: auth.PutIntelligentTieringConfigurationAction,
		missing: noSuchConfiguration, item: &item{"ListBucketIntelligentTieringConfigurationsOutput"},
	},
	{
		query: "policy", root: "policy", deletable: true,
		read: auth.GetBucketPolicyAction, write: auth.PutBucketPolicyAction, remove: auth.DeleteBucketPolicyAction,
		put: (*Front).checkPolicy, get: (*Front).readPolicy,
	},
	{
		query: "object-lock", readOnly: true, read: auth.GetBucketObjectLockConfigurationAction, get: (*Front).readLock,
	},
	{
		query: "policyStatus", read: auth.GetBucketPolicyStatusAction, get: (*Front).readPolicyStatus,
	},
}

// Kept lists the configurations that are kept and served but not acted on, by
// the names of their sub-resources.
func Kept() []string {
	var names []string
	for _, kind := range kinds {
		// The public access block has an effect on policies.
		if kind.get == nil && kind.query != "publicAccessBlock" {
			names = append(names, kind.query)
		}
	}
	return names
}
