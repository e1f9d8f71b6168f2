package objectlock

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// readForm checks the permissions for a form upload, and reads the lock in the
// form. versitygw does that only for other uploads.
func (b *Backend) readForm(ctx context.Context, input *s3response.PutObjectInput) error {
	request, _, _, err := caller(ctx)
	if err != nil {
		return err
	}
	form, ok := utils.ContextKeyObjectPostResult.Get(request).(middlewares.PostObjectResult)
	if !ok {
		return nil
	}
	mode, until := form.Fields["x-amz-object-lock-mode"], form.Fields["x-amz-object-lock-retain-until-date"]
	hold := form.Fields["x-amz-object-lock-legal-hold"]
	actions := []auth.Action{auth.PutObjectAction}
	if mode != "" {
		actions = append(actions, auth.PutObjectRetentionAction)
	}
	if hold != "" {
		actions = append(actions, auth.PutObjectLegalHoldAction)
	}
	for _, action := range actions {
		if err := b.may(ctx, *input.Bucket, *input.Key, action, auth.PermissionWrite); err != nil {
			return err
		}
	}
	if (mode == "") != (until == "") {
		return badField("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
	}
	if mode != "" {
		date, err := time.Parse(time.RFC3339, until)
		if err != nil || !date.After(time.Now()) {
			return badField("The retain until date must be in the future and in ISO 8601 format")
		}
		if mode != string(types.ObjectLockModeCompliance) && mode != string(types.ObjectLockModeGovernance) {
			return badField("Unknown wormMode directive.")
		}
		input.ObjectLockMode, input.ObjectLockRetainUntilDate = types.ObjectLockMode(mode), &date
	}
	switch status := types.ObjectLockLegalHoldStatus(hold); status {
	case "", types.ObjectLockLegalHoldStatusOn, types.ObjectLockLegalHoldStatusOff:
		input.ObjectLockLegalHoldStatus = status
	default:
		return badField("Legal Hold must be either of 'ON' or 'OFF'")
	}
	return nil
}

func badField(reason string) s3err.APIError {
	return s3err.APIError{Code: "InvalidArgument", Description: reason, HTTPStatusCode: http.StatusBadRequest}
}
