package audit

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"datalock/internal/check"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// denied is a permission that is missing.
type denied struct{ action string }

func (d *denied) Error() string { return d.action + " is denied" }

// notApplicable says why a part can't be there.
type notApplicable struct{ why string }

func (n *notApplicable) Error() string { return n.why }

// asked turns the error of a request that needs an action into what is told of
// it.
func asked(action string, err error) error {
	if err != nil && (status(err) == http.StatusForbidden || code(err) == "AccessDeniedException") {
		return &denied{action}
	}
	return err
}

// why says an error in one line.
func why(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return check.Printable(strings.TrimSpace(fmt.Sprintf("the server answered %d %s: %s",
			status(err), answer.ErrorCode(), answer.ErrorMessage())))
	}
	return check.Printable(err.Error())
}

// code returns the error code of an answer, or "".
func code(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return ""
}

// status returns the HTTP status of an answer, or 0.
func status(err error) int {
	if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}
