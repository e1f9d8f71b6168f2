package judge

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"datalock/internal/prove"
)

// A Problem is the reason why a request was refused or is unwanted. Advice
// depends on it.
type Problem string

// The problems.
const (
	NoChecksum   Problem = "checksum"
	NamesACL     Problem = "acl"
	Locked       Problem = "locked"
	Denied       Problem = "policy"
	NoRight      Problem = "right"
	Credentials  Problem = "credentials"
	OldSignature Problem = "signature"
	Unexplained  Problem = "unexplained"
	OtherBucket  Problem = "other-bucket"
	OtherService Problem = "other-service"
	VirtualHost  Problem = "virtual-host"
	ServerGap    Problem = "server-gap"
	ServerFailed Problem = "server-failed"
	NoAnswer     Problem = "no-answer"
	AnswerCut    Problem = "answer-cut"

	Copied     Problem = "copies"
	Temporary  Problem = "temporary"
	Overwrites Problem = "overwrites"
	Markers    Problem = "delete-markers"
	Classes    Problem = "storage-class"
	SmallParts Problem = "small-parts"
	Unfinished Problem = "unfinished"
	NoDate     Problem = "no-date"
	Condition  Problem = "condition"
	Form       Problem = "form"
)

// A Class says what a finding means for the program.
type Class string

// The classes, the worst first.
const (
	// Refused is a request that S3 refuses.
	Refused Class = "refused"
	// Unjudged is a request that can't be judged here.
	Unjudged Class = "unjudged"
	// Unwanted is a request that S3 accepts but the bucket's owner won't want.
	Unwanted Class = "unwanted"
	// Note is for information.
	Note Class = "note"
)

// The documents behind the rules.
const (
	documentLock    = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html"
	documentACL     = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"
	documentErrors  = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
	documentIf      = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html"
	documentHosts   = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html"
	documentSigning = "https://docs.aws.amazon.com/AmazonS3/latest/API/Appendix-Sigv2.html"
	documentPolicy  = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html"
	documentActions = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"
)

// A cause is the judgement on a request, with its reason.
type cause struct {
	class   Class
	problem Problem
	// rule is the guard or rule that decided, why explains it.
	rule, why, document string
	guards              []prove.Guard
}

// explain says why a request was or would be refused; nil if there is nothing
// to report.
func (b Bucket) explain(r Request) *cause {
	if c := outside(r, b.Name); c != nil {
		return c
	}
	guards := b.violated(r)
	switch {
	case r.Status == 0:
		return &cause{class: Unjudged, problem: NoAnswer, rule: "none",
			why: "the connection ended before the answer: the program gave up or was stopped"}
	case r.Taken() && len(guards) > 0:
		c := b.denied(guards)
		c.why += "; the local server accepted it, S3 won't"
		return c
	case r.Taken() && r.Operation == PostObject:
		return &cause{
			class: Unjudged, problem: Form, rule: "none",
			why: "a form upload: its fields aren't recorded, and the local server requires no checksum for it, but S3 may",
		}
	case r.Taken():
		return nil
	case r.Status == http.StatusForbidden && len(guards) > 0 && !keysRefused(r):
		return b.denied(guards)
	}
	return b.explainCode(r)
}

// outside returns a cause for a request that isn't about the bucket.
func outside(r Request, bucket string) *cause {
	switch {
	case r.Service != "":
		return &cause{class: Unjudged, problem: OtherService, rule: "none",
			why: "a request to the AWS service " + r.Service + ", which the local server doesn't have"}
	case r.VirtualHost:
		return &cause{class: Unjudged, problem: VirtualHost, rule: "none", document: documentHosts,
			why: "it names the bucket in the host's name, which the local server doesn't support; S3 does"}
	case r.Operation == Other:
		return &cause{class: Unjudged, problem: OtherService, rule: "none", why: "it isn't an S3 request"}
	case r.Operation == CreateBucket && r.Status == http.StatusForbidden:
		return nil
	case r.Bucket != "" && r.Bucket != bucket:
		return &cause{class: Unjudged, problem: OtherBucket, rule: "none", document: documentErrors,
			why: "bucket " + r.Bucket + " doesn't exist here: only the declared bucket does, as " + bucket}
	}
	return nil
}

// denied names the statements of the bucket policy that match a request.
func (b Bucket) denied(guards []prove.Guard) *cause {
	var sids, why []string
	for _, guard := range guards {
		names := b.sids(guard)
		if len(names) == 0 {
			names = []string{string(guard)}
		}
		sids = append(sids, names...)
		why = append(why, words[guard])
	}
	return &cause{class: Refused, problem: Denied, guards: guards, document: documentPolicy,
		rule: "bucket policy, " + strings.Join(sids, ", "), why: strings.Join(why, "; ")}
}

// words says how a request violates a guard.
var words = map[prove.Guard]string{
	prove.OldTLS:           "it uses an older TLS version than minimumTLSVersion",
	prove.NoDeleteMarkers:  "it deletes an object without a version ID, which hides it",
	prove.WriteOnce:        "it writes an object without If-None-Match: *",
	prove.NoBypass:         "it asks to bypass GOVERNANCE retention",
	prove.NoEventHold:      "it sets an event hold",
	prove.SealACLs:         "it sets an ACL, which only guardians may do",
	prove.SameEncryption:   "it names an encryption other than the bucket's",
	prove.NoCustomerKey:    "it names the client's own key (SSE-C)",
	prove.NoOtherKey:       "it names a key other than the bucket's",
	prove.NoUnnamedKey:     "it names aws:kms without a key, which means the AWS managed key",
	prove.NoWeakerMode:     "it sets GOVERNANCE in a COMPLIANCE bucket",
	prove.RetentionFloor:   "it sets a shorter retention than the bucket's default",
	prove.RetentionCeiling: "it sets a longer retention than retention.maximumDays",
}

// keysRefused reports whether the credentials were rejected, before any policy
// was evaluated.
func keysRefused(r Request) bool {
	return slices.Contains([]string{
		"InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "InvalidToken", "ExpiredToken",
		"AuthorizationHeaderMalformed", "AuthorizationQueryParametersError", "CredentialsNotSupported",
	}, r.Code)
}

// ProblemIn returns the problem that the message of an InvalidRequest names, or "".
func ProblemIn(message string) Problem {
	switch {
	case strings.Contains(message, "x-amz-checksum-"):
		return NoChecksum
	case strings.Contains(message, "Please use AWS4-HMAC-SHA256"):
		return OldSignature
	}
	return ""
}

// explainCode says why a request was refused that matches no guard.
func (b Bucket) explainCode(r Request) *cause {
	said := r.Code + " " + r.Message
	switch {
	case r.Status == http.StatusNotModified:
		return nil
	case r.Status == http.StatusNotImplemented:
		return &cause{class: Unjudged, problem: ServerGap, rule: "none",
			why: "the local server doesn't support it, but S3 may: " + strings.TrimSpace(r.Message)}
	case r.Status >= http.StatusInternalServerError:
		return &cause{
			class:   Unjudged,
			problem: ServerFailed,
			rule:    "none",
			why:     "the local server failed: " + strings.TrimSpace(said),
		}
	case r.Code == "NoSuchBucket":
		return &cause{
			class: Unjudged, problem: OtherBucket, rule: "none", document: documentErrors,
			why: "it copies from another bucket, " + strings.SplitN(r.source(), "/", 2)[0] + ", which doesn't exist here",
		}
	case r.Status == http.StatusNotFound, r.Status == http.StatusRequestedRangeNotSatisfiable,
		r.Status == http.StatusMethodNotAllowed && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		return nil // it asked for something that doesn't exist, and was told so
	case strings.HasPrefix(r.Code, "BucketAlready"):
		return nil // the program only makes sure that it exists
	case r.Status == http.StatusPreconditionFailed, r.Status == http.StatusConflict:
		return &cause{class: Note, problem: Condition, rule: "the request's own condition", document: documentIf,
			why: "its own condition wasn't met: the object already exists, or was changed"}
	case keysRefused(r):
		return &cause{class: Refused, problem: Credentials, rule: "S3, authentication", document: documentErrors,
			why: "it was signed with different credentials, or for a different Region, than the program was given"}
	case r.Names == NoChecksum && r.Code == "InvalidRequest":
		return &cause{class: Refused, problem: NoChecksum, rule: "S3 Object Lock", document: documentLock,
			why: "it has neither Content-MD5 nor x-amz-checksum-*, which S3 requires for a version that gets locked"}
	case r.Names == OldSignature && r.Code == "InvalidRequest":
		return &cause{class: Refused, problem: OldSignature, rule: "S3, authentication", document: documentSigning,
			why: "it is signed with Signature Version 2, which S3 accepts only in buckets from before 24 June 2020"}
	case r.Code == "AccessControlListNotSupported":
		return &cause{
			class:    Refused,
			problem:  NamesACL,
			rule:     "Object Ownership, BucketOwnerEnforced",
			document: documentACL,
			why:      "it names an ACL, but ACLs are disabled in the bucket",
		}
	case r.Status == http.StatusForbidden:
		return b.explainDenial(r)
	}
	return &cause{
		class:    Refused,
		problem:  Unexplained,
		rule:     "S3",
		document: documentErrors,
		why:      cmp.Or(strings.TrimSpace(said), fmt.Sprintf("the answer is %d without an error code", r.Status)),
	}
}

// explainDenial says what may have caused an AccessDenied that matches no
// guard.
func (b Bucket) explainDenial(r Request) *cause {
	switch {
	case r.Signed == "no":
		return &cause{
			class:    Refused,
			problem:  Credentials,
			rule:     "S3, authentication",
			document: documentErrors,
			why:      "it isn't signed",
		}
	case r.Operation == DeleteObject && r.version() != "",
		r.Operation == PutObjectRetention,
		r.Operation == PutObjectLegalHold:
		return &cause{
			class:    Refused,
			problem:  Locked,
			rule:     "S3 Object Lock",
			document: documentLock,
			why:      "the version is locked",
		}
	case r.Key == "" && !strings.HasPrefix(string(r.Operation), "List"):
		return &cause{class: Refused, problem: NoRight, rule: "IAM", document: documentActions,
			why: fmt.Sprintf("a writer has no permission for %s", r.Operation)}
	}
	return &cause{class: Refused, problem: Unexplained, rule: "unknown", document: documentErrors,
		why: "access denied, but none of the bucket's guards explains it"}
}
