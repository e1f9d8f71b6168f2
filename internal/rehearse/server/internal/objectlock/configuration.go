package objectlock

import (
	"context"
	"encoding/xml"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3err"
)

// PutObjectLockConfiguration sets the bucket's rule. versitygw hands over what
// it has understood, and takes a rule without a period, or none of two rules,
// for no rule at all: so the request is looked at once more.
func (b *Backend) PutObjectLockConfiguration(ctx context.Context, bucket string, config []byte) error {
	request, _, _, err := caller(ctx)
	if err != nil {
		return err
	}
	var wanted struct {
		Rules []struct {
			Defaults []struct {
				Mode, Days, Years []string
			} `xml:"DefaultRetention"`
		} `xml:"Rule"`
	}
	if err := xml.Unmarshal(request.BodyRaw(), &wanted); err != nil || len(wanted.Rules) > 1 {
		return s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	for _, rule := range wanted.Rules {
		if len(rule.Defaults) != 1 {
			return s3err.GetAPIError(s3err.ErrMalformedXML)
		}
		if rule := rule.Defaults[0]; len(rule.Mode) != 1 || len(rule.Days)+len(rule.Years) != 1 {
			return s3err.GetAPIError(s3err.ErrMalformedXML)
		}
	}
	return b.Backend.PutObjectLockConfiguration(ctx, bucket, config)
}

// PutBucketVersioning sets whether the bucket keeps versions. There is no MFA
// here, and a bucket that asked for it must not look as if it had it.
func (b *Backend) PutBucketVersioning(ctx context.Context, bucket string, status types.BucketVersioningStatus) error {
	request, _, _, err := caller(ctx)
	if err != nil {
		return err
	}
	var wanted struct {
		MFADelete []string `xml:"MfaDelete"`
	}
	if err := xml.Unmarshal(request.BodyRaw(), &wanted); err != nil {
		return s3err.GetAPIError(s3err.ErrMalformedXML)
	}
	if len(wanted.MFADelete) > 0 && wanted.MFADelete[0] != string(types.MFADeleteDisabled) {
		return errMFADelete
	}
	return b.Backend.PutBucketVersioning(ctx, bucket, status)
}

var errMFADelete = notHere("no accounts with MFA devices: it can't ask for one.")
