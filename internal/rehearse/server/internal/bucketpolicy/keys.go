package bucketpolicy

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/middlewares"

	"datalock/internal/rehearse/server/internal/identity"
)

// Keys holds a request's condition keys, by their lower-case names. A key that
// is supplied and not in the map is absent from the request.
type Keys map[string]string

// headerKeys are the keys whose value is a request header of S3's.
var headerKeys = []string{
	"s3:x-amz-content-sha256", "s3:x-amz-copy-source", "s3:x-amz-metadata-directive",
	"s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id",
	"s3:x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-storage-class",
	"s3:x-amz-website-redirect-location", "s3:x-amz-object-ownership",
	"s3:x-amz-grant-full-control", "s3:x-amz-grant-read", "s3:x-amz-grant-read-acp",
	"s3:x-amz-grant-write", "s3:x-amz-grant-write-acp",
}

// supplied are the other keys that this package decides.
var supplied = []string{
	"s3:object-lock-mode", "s3:object-lock-retain-until-date",
	"s3:object-lock-remaining-retention-days", "s3:object-lock-legal-hold",
	"s3:object-lock-event-hold", "s3:object-lock-event-hold-duration-days",
	"s3:if-match", "s3:if-none-match", "s3:objectcreationoperation",
	"s3:tlsversion", "s3:authtype", "s3:signatureversion",
	"s3:resourceaccount", "aws:resourceaccount",
	"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice",
	"aws:username", "aws:requestedregion", "aws:viaawsservice", "s3:requestobjecttag",
}

// versitys are S3's keys that versitygw decides, or that no request here has.
var versitys = []string{
	"s3:x-amz-acl", "s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid",
	"s3:existingobjecttag", "s3:requestobjecttagkeys", "s3:buckettag",
	"s3:signatureage", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
	"s3:accesspointnetworkorigin", "s3:accessgrantsinstancearn", "s3:locationconstraint",
	"s3:inventoryaccessibleoptionalfields", "s3:isreplicationpauserequest", "s3:jobsuspendedcause",
}

func keyLists() (all, mine map[string]bool) {
	all, mine = map[string]bool{}, map[string]bool{}
	for _, list := range [][]string{headerKeys, supplied} {
		for _, key := range list {
			all[key], mine[key] = true, true
		}
	}
	for _, key := range versitys {
		all[key] = true
	}
	return all, mine
}

var allKeys, suppliedKeys = keyLists()

// known says whether S3 has the condition key. Keys of other services are not
// looked at.
func known(key string) bool {
	key = baseOf(key)
	service, name, found := strings.Cut(key, ":")
	switch service {
	case "s3":
		return allKeys[key]
	case "aws":
		return slices.Contains(globalKeys, name)
	}
	return found
}

// lookup returns a key's value. supplied is false for keys that are left to
// versitygw.
func (k Keys) lookup(key string) (value string, present, supplied bool) {
	key = strings.ToLower(key)
	value, present = k[key]
	return value, present, suppliedKeys[baseOf(key)]
}

func (k Keys) set(key, value string) {
	if value != "" {
		k[key] = value
	}
}

// RequestKeys reads the keys from the request that versitygw is serving.
func RequestKeys(ctx context.Context) Keys {
	request, ok := ctx.(*fasthttp.RequestCtx)
	if !ok {
		return Keys{}
	}
	header := headers(request)
	keys := Keys{
		"s3:resourceaccount": identity.AccountID, "aws:resourceaccount": identity.AccountID,
		"aws:principalisawsservice": "false", "aws:viaawsservice": "false", "s3:signatureversion": "AWS4-HMAC-SHA256",
	}
	if region, ok := request.UserValue("region").(string); ok {
		keys.set("aws:requestedregion", region)
	}
	keys.setTags(request)
	for _, key := range headerKeys {
		keys.set(key, header(strings.TrimPrefix(key, "s3:")))
	}
	keys.set("s3:if-match", header("If-Match"))
	keys.set("s3:if-none-match", header("If-None-Match"))
	keys.set("s3:objectcreationoperation", creation(request))
	keys.set("s3:tlsversion", tlsVersion(request))
	keys.set("s3:authtype", authType(request))
	keys.setLock(request)
	if account, ok := request.UserValue("account").(auth.Account); ok && account.Arn != "" {
		keys["aws:principalarn"], keys["aws:principaltype"] = account.Arn, "User"
		keys["aws:principalaccount"] = identity.AccountID
		if _, name, isUser := strings.Cut(account.Arn, ":user/"); isUser {
			keys["aws:username"] = name
		}
		switch account.Arn {
		case identity.Root.ARN():
			keys["aws:principaltype"] = "Account"
		case identity.Batch.ARN():
			keys["aws:principaltype"] = "AssumedRole"
		}
	}
	return keys
}

// headers returns how a request's headers are read; in a form upload they are
// fields of the form.
func headers(request *fasthttp.RequestCtx) func(name string) string {
	if form, ok := request.UserValue("object-post-result").(middlewares.PostObjectResult); ok {
		return func(name string) string { return form.Fields[strings.ToLower(name)] }
	}
	return func(name string) string { return string(request.Request.Header.Peek(name)) }
}

// setLock reads what the request asks of Object Lock: in headers when it writes
// an object, in the body when it changes a version's retention or legal hold.
func (k Keys) setLock(request *fasthttp.RequestCtx) {
	header := headers(request)
	mode, until := header("X-Amz-Object-Lock-Mode"), header("X-Amz-Object-Lock-Retain-Until-Date")
	hold := header("X-Amz-Object-Lock-Legal-Hold")
	args := request.QueryArgs()
	if string(request.Method()) == fasthttp.MethodPut && (args.Has("retention") || args.Has("legal-hold")) {
		var body struct{ Mode, RetainUntilDate, Status string }
		if xml.Unmarshal(request.Request.Body(), &body) == nil {
			mode, until, hold = body.Mode, body.RetainUntilDate, body.Status
		}
	}
	k.set("s3:object-lock-mode", mode)
	k.set("s3:object-lock-legal-hold", hold)
	k.set("s3:object-lock-retain-until-date", until)
	// versitygw has no event holds, but a policy may refuse those who ask.
	k.set("s3:object-lock-event-hold", header("X-Amz-Object-Lock-Event-Hold"))
	k.set("s3:object-lock-event-hold-duration-days", header("X-Amz-Object-Lock-Event-Hold-Duration-Days"))
	if date, err := time.Parse(time.RFC3339, until); err == nil {
		// Whole days that remain: a date of exactly N days from now has, when
		// the request arrives, N-1 of them and almost all of another one.
		days := math.Floor(time.Until(date).Hours() / 24)
		k["s3:object-lock-remaining-retention-days"] = strconv.Itoa(int(days))
	}
}

// setTags reads the tags that the request gives an object: from the header of a
// put, or from the body of PutObjectTagging.
func (k Keys) setTags(request *fasthttp.RequestCtx) {
	if request.QueryArgs().Has("tagging") {
		var body struct {
			Tags []struct{ Key, Value string } `xml:"TagSet>Tag"`
		}
		if string(request.Method()) == fasthttp.MethodPut && xml.Unmarshal(request.Request.Body(), &body) == nil {
			for _, tag := range body.Tags {
				k["s3:requestobjecttag/"+strings.ToLower(tag.Key)] = tag.Value
			}
		}
		return
	}
	tags, err := url.ParseQuery(headers(request)("X-Amz-Tagging"))
	if err != nil {
		return
	}
	for name := range tags {
		k["s3:requestobjecttag/"+strings.ToLower(name)] = tags.Get(name)
	}
}

// creation is "true" for the requests that make an object and "false" for the
// other steps of an upload, which need the same permission.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
func creation(request *fasthttp.RequestCtx) string {
	args := request.QueryArgs()
	switch string(request.Method()) {
	case fasthttp.MethodPut:
		for _, other := range []string{"tagging", "retention", "legal-hold", "acl"} {
			if args.Has(other) {
				return ""
			}
		}
		return strconv.FormatBool(!args.Has("partNumber"))
	case fasthttp.MethodPost:
		if args.Has("delete") || args.Has("restore") || args.Has("select") {
			return ""
		}
		return strconv.FormatBool(!args.Has("uploads"))
	}
	return ""
}

func tlsVersion(request *fasthttp.RequestCtx) string {
	state := request.TLSConnectionState()
	if state == nil {
		return ""
	}
	switch state.Version {
	case tls.VersionTLS12:
		return "1.2"
	case tls.VersionTLS13:
		return "1.3"
	}
	return ""
}

func authType(request *fasthttp.RequestCtx) string {
	_, isForm := request.UserValue("object-post-result").(middlewares.PostObjectResult)
	switch {
	case isForm:
		return "POST"
	case len(request.Request.Header.Peek("Authorization")) > 0:
		return "REST-HEADER"
	case request.QueryArgs().Has("X-Amz-Signature"):
		return "REST-QUERY-STRING"
	}
	return ""
}
