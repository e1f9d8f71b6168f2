package prove

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The S3 error codes for a temporary state of the server or the network.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var temporaryCodes = []string{
	"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "ThrottlingException",
	"TooManyRequests", "OperationAborted",
}

// signatureCodes reject the signature before the request itself is evaluated.
var signatureCodes = []string{
	"SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
	"RequestTimeTooSkewed", "AuthorizationHeaderMalformed", "RequestExpired", "NotSignedUp", "AccountProblem",
}

// bodyCodes reject the body as received, before the request itself is
// evaluated.
var bodyCodes = []string{
	"BadDigest", "InvalidDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch",
	"MissingContentLength",
}

// missingCodes report that the target of an attack doesn't exist.
var missingCodes = []string{"NoSuchBucket", "NoSuchKey", "NoSuchVersion", "NoSuchUpload"}

// temporary reports whether to send the request again.
func (r Request) temporary(err error) bool {
	if err == nil {
		return false
	}
	if errors.As(err, &notConnected{}) {
		return false
	}
	if slices.Contains(temporaryCodes, r.Code) || errors.Is(err, errCopied) {
		return true
	}
	switch r.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	}
	// A 2xx that isn't an S3 answer was cut off.
	return r.Status < http.StatusMultipleChoices && !isAPIError(err) || r.Status >= http.StatusInternalServerError
}

// isTemporary is temporary for an error by itself.
func isTemporary(err error) bool {
	r := Request{}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		r.Code = api.ErrorCode()
	}
	if response := (*smithyhttp.ResponseError)(nil); errors.As(err, &response) {
		r.Status = response.HTTPStatusCode()
	}
	return r.temporary(err)
}

func isAPIError(err error) bool {
	api := smithy.APIError(nil)
	return errors.As(err, &api)
}

// undecided returns why the answer to an attack's request says nothing about
// the data, or "". Only what the server did or refused counts.
func (r Request) undecided(t Trial) string {
	said := fmt.Sprintf("%s returned %s", r.Operation, r.Answer())
	switch {
	case r.final || r.accepted():
		return ""
	case r.Status == 0:
		return r.Operation + " got no answer"
	case r.Status < http.StatusMultipleChoices && r.Code == "", r.Message == errCopied.Error():
		return said
	case r.Status >= http.StatusMultipleChoices && r.Status < http.StatusBadRequest:
		return said + ", a redirect, which isn't followed"
	case r.Status >= http.StatusInternalServerError, r.temporary(errTemporary):
		return said + ", which decides nothing"
	case r.Code == "" || r.Code == "UnknownError":
		return said + " without an S3 error code"
	case slices.Contains(bodyCodes, r.Code) && !t.Digest:
		return said + ", which rejects the body as received, not the request"
	case t.Signature:
		return ""
	case slices.Contains(signatureCodes, r.Code):
		return said + ", which rejects the signature, not the request"
	case slices.Contains(missingCodes, r.Code):
		return said + ", but it exists"
	}
	return ""
}

// errTemporary stands for the error of a request that was answered.
var errTemporary = &smithy.GenericAPIError{}

// undecided returns why the attack as a whole was not decided, or "".
func (a *attempt) undecided() string {
	for _, r := range a.attacks() {
		if why := r.undecided(a.trial); why != "" {
			return why
		}
	}
	return ""
}

// attacks returns the requests of the attack itself.
func (a *attempt) attacks() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Attacks(a.requests)
}

// Attacks returns the requests that belong to the attack, in order.
func Attacks(requests []Request) []Request {
	var found []Request
	for _, r := range requests {
		if r.Purpose == ToAttack {
			found = append(found, r)
		}
	}
	return found
}

// deviations lists the requests that S3 refuses and this server accepted
// without carrying them out.
func deviations(requests []Request) []string {
	var found []string
	for _, r := range Attacks(requests) {
		if r.Refusal && r.accepted() {
			found = append(found, fmt.Sprintf("%s returned %s; S3 refuses it", r.Operation, r.Answer()))
		}
	}
	return slices.Compact(found)
}
