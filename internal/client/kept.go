package client

import (
	"regexp"
	"strings"
)

// The headers and query parameters that are kept: those that say what a request
// does. Anything else may be secret: signatures, session tokens, SSE-C keys,
// object metadata.
var (
	keptHeaders = strings.Fields(`
		user-agent content-type content-md5 content-encoding transfer-encoding expect if-match if-none-match
		x-amz-acl x-amz-content-sha256 x-amz-trailer x-amz-decoded-content-length
		x-amz-sdk-checksum-algorithm x-amz-checksum-algorithm x-amz-checksum-type x-amz-checksum-crc32
		x-amz-checksum-crc32c x-amz-checksum-crc64nvme x-amz-checksum-sha1 x-amz-checksum-sha256
		x-amz-copy-source x-amz-metadata-directive x-amz-storage-class x-amz-server-side-encryption
		x-amz-server-side-encryption-aws-kms-key-id x-amz-server-side-encryption-bucket-key-enabled
		x-amz-server-side-encryption-customer-algorithm x-amz-object-lock-mode
		x-amz-object-lock-retain-until-date x-amz-object-lock-legal-hold x-amz-object-lock-event-hold
		x-amz-bypass-governance-retention
	`)
	keptQueries = strings.Fields(`
		versionId partNumber uploadId uploads delete versions list-type prefix x-id select restore
		accelerate acl analytics attributes cors encryption intelligent-tiering inventory legal-hold
		lifecycle location logging metrics notification object-lock ownershipControls policy policyStatus
		publicAccessBlock replication requestPayment retention tagging torrent versioning website
	`)
	// asHeaders matches headers that a presigned URL has as query parameters.
	asHeaders = regexp.MustCompile(`^(x-amz-(object-lock-|server-side-encryption|checksum-|acl$|storage-class$|` +
		`copy-source$)|content-md5$|if-)`)
)
