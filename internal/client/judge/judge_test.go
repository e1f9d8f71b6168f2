package judge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/internal/prove"
	"datalock/settings"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// locked is a bucket with every guard.
func locked() Bucket {
	b := Bucket{Name: "b", Retention: settings.DefaultRetention(), KeyARN: "arn:key"}
	b.Guards = prove.Guards{
		CeilingDays: 3650, MinimumTLS: "1.2", Algorithm: "AES256",
		Declared: []prove.Guard{
			prove.OldTLS,
			prove.RetentionFloor,
			prove.RetentionCeiling,
			prove.NoEventHold,
			prove.NoBypass,
			prove.SameEncryption,
			prove.NoCustomerKey,
			prove.NoOtherKey,
			prove.NoUnnamedKey,
			prove.NoWeakerMode,
			prove.NoDeleteMarkers,
			prove.WriteOnce,
			prove.SealACLs,
		},
	}
	for _, guard := range b.Guards.Declared {
		b.Statements = append(b.Statements, prove.Statement{Sid: "Sid-" + string(guard), Guards: []prove.Guard{guard}})
	}
	return b
}

// request returns a request to the bucket, answered with a status and a code.
func request(line string, status int, code string, headers ...string) Request {
	method, path, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(path, "?")
	r := Request{
		Time:    now,
		Method:  method,
		TLS:     "1.3",
		Signed:  "header",
		Status:  status,
		Code:    code,
		Headers: map[string]string{},
		Query:   map[string]string{},
	}
	r.Bucket, r.Key, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for part := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(part, "="); name != "" {
			r.Query[name] = value
		}
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Headers[name] = value
	}
	r.Operation = r.Name(false)
	return r
}

const once = "if-none-match: *"

func until(days int) string {
	return "x-amz-object-lock-retain-until-date: " + now.AddDate(0, 0, days).Format(time.RFC3339)
}

func TestExplain(t *testing.T) {
	said := func(r Request, message string) Request { r.Message, r.Names = message, ProblemIn(message); return r }
	form := func(r Request) Request {
		r.Operation, r.Headers["if-none-match"] = PostObject, "*"
		return r
	}
	unsigned := func(r Request) Request { r.Signed = "no"; return r }
	for _, c := range []struct {
		name    string
		request Request
		class   Class
		problem Problem
		rule    string
	}{
		{"a put that is taken", request("PUT /b/k", 200, "", once), "", "", ""},
		{"a missing object", request("HEAD /b/k", 404, ""), "", "", ""},
		{"not modified", request("GET /b/k", 304, ""), "", "", ""},
		{"a missing configuration", request("GET /b?tagging", 404, "NoSuchTagSet"), "", "", ""},
		{
			"no checksum", said(request("PUT /b/k", 400, "InvalidRequest", once), "Content-MD5 OR x-amz-checksum- HTTP header"),
			Refused, NoChecksum, "S3 Object Lock",
		},
		{
			"an old signature", said(request("GET /b/k", 400, "InvalidRequest"), "… Please use AWS4-HMAC-SHA256."),
			Refused, OldSignature, "S3, authentication",
		},
		{"an ACL", request("PUT /b/k", 400, "AccessControlListNotSupported", once), Refused, NamesACL, "BucketOwnerEnforced"},
		{"a delete of a version", request("DELETE /b/k?versionId=v", 403, "AccessDenied"), Refused, Locked, "S3 Object Lock"},
		{"a day that may lack", request("PUT /b/k", 200, "", once, until(89)), "", "", ""},
		{"as long as may be", request("PUT /b/k", 200, "", once, until(3650)), "", "", ""},
		{"a shorter retention", request("PUT /b/k?retention", 403, "AccessDenied"), Refused, Locked, "S3 Object Lock"},
		{"a bucket's configuration", request("PUT /b?lifecycle", 403, "AccessDenied"), Refused, NoRight, "IAM"},
		{"a new bucket", request("PUT /new", 403, "AccessDenied"), Refused, NoRight, "IAM"},
		{"a bucket that is there", request("PUT /b", 409, "BucketAlreadyOwnedByYou"), "", "", ""},
		{"no reason that is known", request("GET /b/k", 403, "AccessDenied"), Refused, Unexplained, "unknown"},
		{"another refusal", request("PUT /b/k", 400, "BadDigest", once), Refused, Unexplained, "S3"},
		{"a HEAD that is refused, without a body", request("HEAD /b/k", 400, ""), Refused, Unexplained, "S3"},
		{"other keys", request("PUT /b/k", 403, "InvalidAccessKeyId"), Refused, Credentials, "S3, authentication"},
		{"no signature", unsigned(request("GET /b/k", 403, "AccessDenied")), Refused, Credentials, "S3, authentication"},
		{
			"its own condition", request("PUT /b/k", 412, "PreconditionFailed", once),
			Note, Condition, "the request's own condition",
		},
		{"another bucket", request("PUT /other/k", 404, "NoSuchBucket"), Unjudged, OtherBucket, "none"},
		{"another bucket's object", request("HEAD /other/k", 404, ""), Unjudged, OtherBucket, "none"},
		{"a denial in another bucket", request("DELETE /other/k", 403, "AccessDenied"), Unjudged, OtherBucket, "none"},
		{
			"a copy from another bucket", request("PUT /b/k", 404, "NoSuchBucket", once, "x-amz-copy-source: other/k"),
			Unjudged, OtherBucket, "none",
		},
		{"a form", form(request("POST /b", 204, "")), Unjudged, Form, "none"},
		{"a gap of the server", request("PUT /b/a//b", 501, "NotImplemented", once), Unjudged, ServerGap, "none"},
		{"a failure of the server", request("PUT /b/k", 500, "InternalError", once), Unjudged, ServerFailed, "none"},
		{"no answer", request("PUT /b/k", 0, "", once), Unjudged, NoAnswer, "none"},
		{"a bucket in the host's name", func() Request {
			r := request("PUT /b", 403, "AccessDenied")
			r.VirtualHost = true
			return r
		}(), Unjudged, VirtualHost, "none"},
		{"another service", func() Request {
			r := request("POST /", 403, "AccessDenied")
			r.Service = "sts"
			r.Operation = r.Name(false)
			return r
		}(), Unjudged, OtherService, "none"},
	} {
		got := locked().explain(c.request)
		if got == nil {
			if c.class != "" {
				t.Errorf("%s: nothing is said, want %s by %s", c.name, c.class, c.rule)
			}
			continue
		}
		if got.class != c.class || got.problem != c.problem || !strings.HasSuffix(got.rule, c.rule) {
			t.Errorf("%s: %s %s by %q, want %s %s by %q", c.name, got.class, got.problem, got.rule, c.class, c.problem, c.rule)
		}
		if got.why == "" || got.class == Refused && (got.rule == "" || got.document == "") {
			t.Errorf("%s: why %q, rule %q, document %q", c.name, got.why, got.rule, got.document)
		}
	}
}

// TestGuards checks which guards deny a request, or would deny it on S3.
func TestGuards(t *testing.T) {
	const sse = "x-amz-server-side-encryption"
	for _, c := range []struct {
		request string
		status  int
		headers string
		want    string
	}{
		{"DELETE /b/k", 403, "", "no-delete-markers"},
		{"PUT /b/k", 403, "", "write-once"},
		{"PUT /b/k", 403, "x-amz-copy-source: b/j", "write-once"},
		{"POST /b/k?uploadId=u", 403, "", "write-once"},
		{"PUT /b/k", 403, once + "|" + sse + ": aws:kms|" + sse + "-aws-kms-key-id: arn:key", "same-encryption"},
		{"PUT /b/k", 200, once + "|" + sse + ": aws:fsx", "same-encryption"},
		{"PUT /b/k", 403, once + "|" + sse + "-aws-kms-key-id: arn:other", "no-other-keys"},
		{"POST /b/k?uploads", 403, sse + ": aws:kms", "same-encryption, Sid-no-unnamed-keys"},
		{"PUT /b/k", 403, once + "|" + sse + "-customer-algorithm: AES256", "no-customer-keys"},
		{"PUT /b/k", 403, once + "|x-amz-object-lock-mode: GOVERNANCE|" + until(91), "no-weaker-mode"},
		{"PUT /b/k", 403, once + "|" + until(88), "retention-floor"},
		{"PUT /b/k", 403, once + "|" + until(3651), "retention-ceiling"},
		{"PUT /b/k", 403, once + "|x-amz-object-lock-event-hold: ON", "no-event-holds"},
		{"DELETE /b/k?versionId=v", 403, "x-amz-bypass-governance-retention: true", "no-bypass"},
		{"PUT /b/k?acl", 403, "", "sealed-acls"},
		{"GET /b/k", 200, "tls: 1.1", "minimum-tls"},
	} {
		r := request(c.request, c.status, "", strings.Split(c.headers, "|")...)
		if old := r.Headers["tls"]; old != "" {
			r.TLS = old
		}
		got := locked().explain(r)
		want := "bucket policy, Sid-" + c.want
		if got == nil || got.class != Refused || got.problem != Denied || got.rule != want || got.why == "" {
			t.Errorf("%s with %s: %+v, want it refused by %q", c.request, c.headers, got, want)
		}
	}
}

// TestNothingIsDeniedWithoutGuards: a denial that no declared guard explains
// isn't attributed to one.
func TestNothingIsDeniedWithoutGuards(t *testing.T) {
	open := locked()
	open.Guards.Declared = nil
	for _, line := range []string{"PUT /b/k", "DELETE /b/k", "POST /b/k?uploadId=u"} {
		if got := open.explain(request(line, 403, "AccessDenied")); got == nil || got.problem == Denied {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

func TestNames(t *testing.T) {
	for line, want := range map[string]Operation{
		"GET /": ListBuckets, "POST /": Other, "PUT /b": CreateBucket,
		"GET /b": "ListObjects", "GET /b?list-type=2": "ListObjectsV2",
		"GET /b?versions": "ListObjectVersions", "GET /b?uploads": "ListMultipartUploads", "POST /b?delete": DeleteObjects,
		"GET /b?object-lock": "GetObjectLockConfiguration", "PUT /b?policy": "PutBucketPolicy", "HEAD /b": "HeadBucket",
		"PUT /b/k": PutObject, "GET /b/k": "GetObject", "HEAD /b/k": "HeadObject", "DELETE /b/k": DeleteObject,
		"PUT /b/k?partNumber=1&uploadId=u": UploadPart, "POST /b/k?uploads": CreateMultipartUpload,
		"POST /b/k?uploadId=u": CompleteMultipartUpload, "DELETE /b/k?uploadId=u": AbortMultipartUpload,
		"GET /b/k?uploadId=u": "ListParts",
		"PUT /b/k?retention":  PutObjectRetention, "PUT /b/k?legal-hold": PutObjectLegalHold, "PUT /b/k?acl": PutObjectACL,
		"GET /b/k?attributes": "GetObjectAttributes", "POST /b/k": Other, "DELETE /b/k?tagging": "DeleteObjectTagging",
	} {
		if got := request(line, 200, "").Operation; got != want {
			t.Errorf("%s is %s, want %s", line, got, want)
		}
	}
	if got := request("PUT /b/k", 200, "", "x-amz-copy-source: b/j").Operation; got != CopyObject {
		t.Errorf("a copy is %s", got)
	}
	if got := request("POST /b", 204, "").Name(true); got != PostObject {
		t.Errorf("a form is %s", got)
	}
}

// judged returns the report of requests, and its finding for a problem.
func judged(t *testing.T, b Bucket, left Left, problem Problem, requests ...Request) (Report, *Finding) {
	t.Helper()
	j := New(b)
	for _, r := range requests {
		j.Add(r)
	}
	report := j.Report(&Command{Program: "load"}, left)
	for _, f := range report.Findings {
		if f.Problem == problem {
			return report, &f
		}
	}
	return report, nil
}

func TestARenameLeavesACopy(t *testing.T) {
	plain := locked()
	plain.Guards.Declared = []prove.Guard{prove.NoDeleteMarkers}
	put, copied := request(
		"PUT /b/tmp/a b",
		200,
		"",
	), request(
		"PUT /b/final",
		200,
		"",
		"x-amz-copy-source: /b/tmp/a%20b?versionId=v",
	)
	refused := request("DELETE /b/tmp/a b", 403, "AccessDenied", "user-agent: Boto3/1.43 Botocore/1.43")
	r, f := judged(t, plain, Left{}, Copied, put, copied, refused)
	if f == nil || f.Class != Unwanted || f.Count != 1 || f.Examples[0] != "tmp/a b and final" || r.Verdict != Fails {
		t.Errorf("a rename: %+v, %s", f, r.Verdict)
	}
	if _, f := judged(t, plain, Left{}, Temporary, put, copied, refused); f != nil {
		t.Errorf("a rename also counts as a temporary object: %+v", f)
	}
	// In a DeleteObjects, which returns 200.
	batch := request("POST /b?delete", 200, "")
	batch.Deletes = []Delete{{Key: "tmp/a b", Code: "AccessDenied"}, {Key: "gone", Code: "NoSuchKey"}}
	if r, f := judged(
		t,
		plain,
		Left{},
		Copied,
		put,
		copied,
		batch,
	); f == nil || r.Refused != 1 ||
		r.Kinds[2].Refused != 1 {
		t.Errorf("a rename by DeleteObjects: %+v, %+v", f, r.Kinds)
	}
	if _, f := judged(t, plain, Left{}, Temporary, put, refused, refused); f == nil || f.Count != 1 {
		t.Errorf("a delete that is tried again: %+v", f)
	}
	if _, f := judged(t, plain, Left{}, Copied, put, copied); f != nil {
		t.Errorf("a copy alone is called a rename: %+v", f)
	}
	if _, f := judged(t, plain, Left{}, Temporary, put, refused); f == nil || f.Examples[0] != "tmp/a b" {
		t.Errorf("a temporary object: %+v", f)
	}
	if _, f := judged(t, plain, Left{}, Temporary, refused); f != nil {
		t.Errorf("the delete of another's object: %+v", f)
	}
}

// TestKeysAreNotRequests: a DeleteObjects counts once, however many of its keys
// are refused.
func TestKeysAreNotRequests(t *testing.T) {
	batch := request("POST /b?delete", 200, "")
	for _, key := range []string{"x", "y", "z"} {
		batch.Deletes = append(batch.Deletes, Delete{Key: key, Code: "AccessDenied"})
	}
	failed := batch
	failed.Deletes = []Delete{{Key: "x", Code: "InternalError"}, {Key: "y", Code: "InternalError"}}
	r, f := judged(t, locked(), Left{}, Denied, batch, failed)
	if r.Requests != 2 || r.Refused != 1 || r.Unjudged != 1 || f == nil || f.Count != 3 {
		t.Errorf("%d requests, %d refused, %d not judged, %+v", r.Requests, r.Refused, r.Unjudged, f)
	}
	if want := "1 of 2 requests couldn't be judged"; len(r.Reasons) != 1 || r.Reasons[0] != want {
		t.Errorf("because %q, want %q", r.Reasons, want)
	}
}

func TestParts(t *testing.T) {
	plain := locked()
	plain.Guards.Declared = nil
	all := func(parts int, size int64) []Request {
		var list []Request
		for range parts {
			part := request("PUT /b/k?partNumber=1&uploadId=u", 200, "")
			part.Bytes = size
			list = append(list, part)
		}
		return append(list, request("POST /b/k?uploadId=u", 200, ""))
	}
	if _, f := judged(t, plain, Left{}, SmallParts, all(manyParts+1, 5<<20)...); f == nil || f.Class != Unwanted {
		t.Errorf("many small parts: %+v", f)
	}
	for _, few := range [][]Request{all(manyParts, 5<<20), all(manyParts+1, smallPart)} {
		if _, f := judged(t, plain, Left{}, SmallParts, few...); f != nil {
			t.Errorf("%d parts: %+v", len(few)-1, f)
		}
	}
}

func TestVerdicts(t *testing.T) {
	good := request("PUT /b/k", 200, "", once)
	denied, elsewhere := request("DELETE /b/k", 403, ""), request("PUT /other/k", 404, "")
	ok, failed := &Command{Program: "load"}, &Command{Program: "load", Exit: 3}
	interrupted := &Command{Program: "load", Ended: "was interrupted"}
	const though = ", though nothing was refused"
	const unused = "the recorder received no request: the command didn't use the endpoint"
	for _, c := range []struct {
		name    string
		command *Command
		left    Left
		request []Request
		want    Verdict
		reason  string
	}{
		{"all taken", ok, Left{}, []Request{good}, Clean, ""},
		{"served", nil, Left{}, []Request{good}, Clean, ""},
		{"refused", ok, Left{}, []Request{good, denied}, Fails, ""},
		{"refused, and failed", failed, Left{}, []Request{denied}, Fails, "the command load exited with 3"},
		{"failed by itself", failed, Left{}, []Request{good}, Inconclusive, "the command load exited with 3" + though},
		{"no request", ok, Left{}, nil, Inconclusive, unused},
		{"another bucket", ok, Left{}, []Request{elsewhere}, Inconclusive, "1 of 1 requests couldn't be judged"},
		{
			"unread", ok, Left{Problem: "denied"}, []Request{good}, Inconclusive,
			"what was left in the bucket couldn't be read: denied",
		},
		{"interrupted", interrupted, Left{}, []Request{good}, Inconclusive, "the command load was interrupted" + though},
	} {
		j := New(locked())
		for _, r := range c.request {
			j.Add(r)
		}
		r := j.Report(c.command, c.left)
		if r.Verdict != c.want || strings.Join(r.Reasons, "; ") != c.reason {
			t.Errorf("%s: %s because %q, want %s because %q", c.name, r.Verdict, r.Reasons, c.want, c.reason)
		}
	}
}

func TestWhatStays(t *testing.T) {
	left := Left{
		Versions:    5,
		Noncurrent:  2,
		Overwritten: []string{"k"},
		Markers:     1,
		Uploads:     1,
		Unfinished:  []string{"u"},
	}
	r, f := judged(t, locked(), left, Overwrites, request("PUT /b/k", 200, "", once, "x-amz-storage-class: GLACIER"))
	if f == nil || f.Count != 2 || f.Examples[0] != "k" || len(f.Fix) == 0 {
		t.Errorf("overwritten: %+v", f)
	}
	for _, problem := range []Problem{Markers, Unfinished, Classes, NoDate} {
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Problem == problem }) {
			t.Errorf("nothing is said of %s", problem)
		}
	}
	if r.Verdict != Clean {
		t.Errorf("what S3 takes is %s", r.Verdict)
	}
	if r, _ := judged(
		t,
		locked(),
		Left{},
		NoDate,
		request("PUT /b/k", 200, "", once, until(100)),
	); len(
		r.Findings,
	) != 0 {
		t.Errorf("a put with a date: %+v", r.Findings)
	}
}

// TestHandshakes: if nothing is refused, but a connection was before it sent a
// request, nothing is shown.
func TestHandshakes(t *testing.T) {
	for said, want := range map[string]Verdict{
		"remote error: tls: bad certificate":                 Inconclusive,
		"tls: client offered only unsupported versions: [1]": Inconclusive,
		"client sent an HTTP request to an HTTPS server":     Inconclusive,
		"read: connection reset by peer":                     Clean,
	} {
		j := New(locked())
		j.Add(request("GET /b/k", 200, ""))
		r := j.Report(&Command{Program: "p"}, Left{}, said)
		if r.Verdict != want || want == Inconclusive && !strings.Contains(strings.Join(r.Reasons, ""), said) {
			t.Errorf("%s: %s, %q", said, r.Verdict, r.Reasons)
		}
	}
}

// TestMemoryIsBounded: a program sends an endless variety of requests.
func TestMemoryIsBounded(t *testing.T) {
	j := New(locked())
	for i := range 3 * maxFindings {
		j.Add(request("DELETE /b/k", 403, "", "user-agent: program-"+time.Duration(i).String()))
	}
	r := j.Report(nil, Left{})
	if len(r.Findings) != maxFindings || len(r.Kinds) != maxFindings || r.LeftOut != 2*maxFindings ||
		r.Refused != 3*maxFindings {
		t.Errorf("%d findings, %d kinds, %d left out", len(r.Findings), len(r.Kinds), r.LeftOut)
	}
}

func TestAgents(t *testing.T) {
	for agent, want := range map[string]string{
		"Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1": "boto3", "aws-cli/1.45.11 md/Botocore#1.43.11": "AWS CLI",
		"rclone/v1.76.0": "rclone", "Hadoop 3.4.2, aws-sdk-java/2.30.1": "Hadoop S3A",
		"APN/1.0 Confluent/1.0 KafkaS3Connector/10.5, aws-sdk-java/1.12": "Kafka Connect",
		"aws-sdk-java/1.12.1":         "AWS SDK for Java v1",
		"aws-sdk-go-v2/1.30 os/linux": "AWS SDK for Go v2", "MinIO (linux; amd64) minio-go/v7.0.46": "MinIO SDK",
		"my-loader/2 (x)": "my-loader/2", "": "a program without User-Agent",
	} {
		if got := Agent(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

// TestAdvice: each named program and topic has advice, and each guard has a
// topic.
func TestAdvice(t *testing.T) {
	known := map[string]bool{"": true, noAgent: true}
	for _, a := range agents {
		known[a.name] = true
	}
	for topic, list := range switches {
		if list[""] == "" {
			t.Errorf("%s has no advice for every program", topic)
		}
		for program := range list {
			if !known[program] {
				t.Errorf("%s has advice for %q, which no User-Agent is", topic, program)
			}
		}
	}
	for guard := range words {
		if len(switches[aboutGuards[guard]]) == 0 {
			t.Errorf("%s has no advice", guard)
		}
	}
	got := advice("boto3", topic(NoChecksum))
	if len(got) != 1 || !strings.HasPrefix(got[0], "boto3: don't set request_checksum_calculation") {
		t.Errorf("advice for boto3: %q", got)
	}
	if got := advice("", topic(Unfinished)); len(got) != 1 || strings.HasPrefix(got[0], ":") {
		t.Errorf("advice for no program: %q", got)
	}
	if got := advice("rclone", "delete"); len(got) != 2 || !strings.Contains(got[1], `"deleteMarkers": "allow"`) {
		t.Errorf("advice for rclone: %q", got)
	}
}
