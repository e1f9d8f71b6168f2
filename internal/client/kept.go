package client

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"datalock/internal/client/judge"
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

// shortestSecret is the length of the values that are looked for in answers:
// shorter ones, such as "gzip", aren't secret and occur in any message.
const shortestSecret = 8

// notKept returns the values in a request that aren't kept, to keep them out of
// messages that repeat them.
func notKept(r *http.Request) []string {
	var values, fromQuery []string
	for name, list := range r.Header {
		if !slices.Contains(keptHeaders, strings.ToLower(name)) {
			values = append(values, list...)
		}
	}
	for name, list := range r.URL.Query() {
		if !slices.Contains(keptQueries, name) && !slices.Contains(keptHeaders, strings.ToLower(name)) {
			fromQuery = append(fromQuery, list...)
		}
	}
	values = append(values, fromQuery...)
	// A message may name one component of these, or the key in it.
	for _, value := range slices.Concat(r.Header.Values("Authorization"), fromQuery) {
		values = append(values, strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" ,=:/", r) })...)
		values = append(values, strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" ,", r) })...)
	}
	for _, value := range values {
		// A message may quote it.
		if quoted := strings.Trim(strconv.Quote(value), `"`); quoted != value {
			values = append(values, quoted)
		}
	}
	values = slices.DeleteFunc(values, func(value string) bool { return len(value) < shortestSecret })
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	return values
}

// repeats has the errors whose messages repeat parts of a signature that isn't
// one, changed in ways that aren't known here.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var repeats = []string{"AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"}

// withoutSecrets removes values that aren't kept from S3's error messages, then
// shortens them.
func withoutSecrets(r *judge.Request, secrets []string) {
	clean := func(code, message string) string {
		if message == "" {
			return ""
		}
		// A form's fields aren't known here.
		if r.Operation == judge.PostObject || slices.Contains(repeats, code) {
			return notKeptText
		}
		for _, secret := range secrets {
			message = strings.ReplaceAll(message, secret, notKeptText)
		}
		return short(message)
	}
	r.Message = clean(r.Code, r.Message)
	for i := range r.Deletes {
		r.Deletes[i].Message = clean(r.Deletes[i].Code, r.Deletes[i].Message)
	}
}

// notKeptText stands for a value that isn't kept.
const notKeptText = "(not kept)"
