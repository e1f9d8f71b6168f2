package batchjobs

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// result is how a task ended.
type result struct {
	// code is empty for a task that succeeded.
	code    string
	status  int
	message string
}

func (r result) failed() bool { return r.code != "" }

// hashes are the algorithms of Compute checksum that this server has.
var hashes = map[string]func() hash.Hash{
	"SHA256": sha256.New, "SHA1": sha1.New, "MD5": md5.New,
	"CRC32":  func() hash.Hash { return crc32.NewIEEE() },
	"CRC32C": func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
}

// check refuses an operation that this server doesn't run.
func (o operation) check() error {
	if o.name() == "" {
		return bad("this server runs S3PutObjectRetention, S3PutObjectLegalHold and S3ComputeObjectChecksum only")
	}
	switch {
	case o.Checksum != nil:
		if hashes[o.Checksum.ChecksumAlgorithm] == nil || o.Checksum.ChecksumType != "FULL_OBJECT" {
			return bad("this server computes SHA256, SHA1, MD5, CRC32 and CRC32C of the type FULL_OBJECT only")
		}
	case o.LegalHold != nil:
		if status := o.LegalHold.LegalHold.Status; status != "ON" && status != "OFF" {
			return bad("LegalHold.Status must be ON or OFF")
		}
	case o.Retention != nil:
		r := o.Retention.Retention
		if r.RetainUntilDate == nil || r.Mode != "COMPLIANCE" && r.Mode != "GOVERNANCE" {
			return bad("this server wants a mode, COMPLIANCE or GOVERNANCE, and a date")
		}
	}
	return nil
}

// do runs a task.
func (s *Service) do(ctx context.Context, o operation, t task) result {
	if t.hasVersion && t.Version == "" {
		return result{"InvalidVersionId", http.StatusBadRequest, "the version id is empty"}
	}
	var version *string
	if t.hasVersion {
		version = &t.Version
	}
	switch {
	case o.Retention != nil:
		_, err := s.client.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
			Bucket: &t.Bucket, Key: &t.Key, VersionId: version,
			BypassGovernanceRetention: bypass(o.Retention.BypassGovernanceRetention),
			Retention: &types.ObjectLockRetention{
				Mode:            types.ObjectLockRetentionMode(o.Retention.Retention.Mode),
				RetainUntilDate: o.Retention.Retention.RetainUntilDate,
			},
		})
		return resultOf(err)
	case o.LegalHold != nil:
		_, err := s.client.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{
			Bucket: &t.Bucket, Key: &t.Key, VersionId: version,
			LegalHold: &types.ObjectLockLegalHold{
				Status: types.ObjectLockLegalHoldStatus(o.LegalHold.LegalHold.Status),
			},
		})
		return resultOf(err)
	}
	return s.compute(ctx, *o.Checksum, t, version)
}

func bypass(asked bool) *bool {
	if !asked {
		return nil
	}
	return aws.Bool(true)
}

func resultOf(err error) result {
	if err == nil {
		return result{status: http.StatusOK, message: "Successful"}
	}
	code, message, status := answerOf(err)
	return result{code, status, message}
}

// answerOf returns what S3 answered.
func answerOf(err error) (code, message string, status int) {
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	status = http.StatusInternalServerError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	if !errors.As(err, &api) {
		return "InternalError", err.Error(), status
	}
	return api.ErrorCode(), api.ErrorMessage(), status
}

// compute reads a version and computes its checksum. The messages have the form
// of S3's, with '=' escaped.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
func (s *Service) compute(ctx context.Context, wanted checksum, t task, version *string) result {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &t.Bucket, Key: &t.Key, VersionId: version})
	h := hashes[wanted.ChecksumAlgorithm]()
	if err == nil {
		_, err = io.Copy(h, out.Body)
		_ = out.Body.Close()
	}
	if err != nil {
		_, message, status := answerOf(err)
		text, _ := json.Marshal(map[string]string{"failureMessage": message, "errorCode": fmt.Sprint(status)})
		return result{"PermanentFailure", http.StatusOK, "error details: " + string(text)}
	}
	sum := h.Sum(nil)
	text, err := json.Marshal(struct {
		Base64    string `json:"checksum_base64"`
		ETag      string `json:"etag"`
		Algorithm string `json:"checksumAlgorithm"`
		Type      string `json:"checksumType"`
		Hex       string `json:"checksum_hex"`
	}{
		base64.StdEncoding.EncodeToString(sum), bare(aws.ToString(out.ETag)),
		wanted.ChecksumAlgorithm, wanted.ChecksumType, fmt.Sprintf("%X", sum),
	})
	if err != nil {
		return resultOf(err)
	}
	return result{status: http.StatusOK, message: strings.ReplaceAll(string(text), "=", `\u003d`)}
}
