package inspect

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"datalock/internal/check"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Denied is the error for a missing permission.
type Denied struct{ Action string }

// Error names the action.
func (d *Denied) Error() string { return d.Action + " is denied" }

// Asked returns the error of a request that needs an action, as [Denied] if the
// request was denied.
func Asked(action string, err error) error {
	if err != nil && (Status(err) == http.StatusForbidden || Code(err) == "AccessDeniedException") {
		return &Denied{action}
	}
	return err
}

// answered is like Asked, but returns nil for the error codes that mean "there is
// none".
func answered(action string, err error, none ...string) error {
	if slices.Contains(none, Code(err)) && err != nil {
		return nil
	}
	return Asked(action, err)
}

// Lacks reports whether an error says that the Region or the server doesn't
// support a configuration, so that the bucket has none.
func Lacks(err error) bool {
	return slices.Contains([]string{
		"MethodNotAllowed", "NotImplemented", "UnsupportedArgument", "UnsupportedOperation", "XNotImplemented",
	}, Code(err))
}

// Why returns an error as one line.
func Why(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return check.Printable(strings.TrimSpace(fmt.Sprintf("the server answered %d %s: %s",
			Status(err), answer.ErrorCode(), answer.ErrorMessage())))
	}
	return check.Printable(err.Error())
}

// Code returns the error code of an answer, or "".
func Code(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return ""
}

// Status returns the HTTP status of an answer, or 0.
func Status(err error) int {
	if answer := (*awshttp.ResponseError)(nil); errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}
