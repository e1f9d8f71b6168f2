package objectlock

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/backend/meta"

	"datalock/internal/rehearse/server/internal/bucketstore"
)

// shown are the headers that a version keeps and shows, by the attribute that
// holds each. Nothing else is done: no version is encrypted or moved.
var shown = []struct{ attribute, header string }{
	{attrStorageClass, "x-amz-storage-class"},
	{"sse", "x-amz-server-side-encryption"},
	{"sse-kms-key", "x-amz-server-side-encryption-aws-kms-key-id"},
	{"sse-bucket-key", "x-amz-server-side-encryption-bucket-key-enabled"},
	{"sse-customer", "x-amz-server-side-encryption-customer-algorithm"},
	{"sse-customer-md5", "x-amz-server-side-encryption-customer-key-md5"},
}

// attrStorageClass holds a version's storage class, where it isn't STANDARD.
const attrStorageClass = "storage-class"

// encryption is the part of a bucket's encryption that a version shows.
type encryption struct {
	Algorithm string `xml:"Rule>ApplyServerSideEncryptionByDefault>SSEAlgorithm"`
	Key       string `xml:"Rule>ApplyServerSideEncryptionByDefault>KMSMasterKeyID"`
	BucketKey string `xml:"Rule>BucketKeyEnabled"`
}

// wantedShown returns what a request's new version will show: what its headers
// say, and for its encryption otherwise what the bucket's rule says. S3
// encrypts with AES256 where there is none.
func (b *Backend) wantedShown(ctx context.Context, bucket string) (map[string]string, error) {
	request, _, _, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	field, attributes := fields(request), map[string]string{}
	for _, s := range shown {
		if value := field(s.header); value != "" {
			attributes[s.attribute] = value
		}
	}
	if attributes[attrStorageClass] == string(types.StorageClassStandard) {
		delete(attributes, attrStorageClass)
	}
	if attributes["sse"] != "" || attributes["sse-customer"] != "" {
		return attributes, nil
	}
	rule, err := b.encryption(bucket)
	if err != nil {
		return nil, err
	}
	attributes["sse"] = rule.Algorithm
	if rule.Key != "" {
		attributes["sse-kms-key"] = rule.Key
	}
	if rule.BucketKey == "true" && rule.Algorithm != string(types.ServerSideEncryptionAes256) {
		attributes["sse-bucket-key"] = rule.BucketKey
	}
	return attributes, nil
}

func (b *Backend) encryption(bucket string) (encryption, error) {
	rule := encryption{Algorithm: string(types.ServerSideEncryptionAes256)}
	doc, err := b.store.Get(bucket, "encryption", "")
	if errors.Is(err, bucketstore.ErrNotFound) {
		return rule, nil
	}
	if err != nil {
		return rule, err
	}
	if err := xml.Unmarshal(doc.Body, &rule); err != nil {
		return rule, fmt.Errorf("read the encryption of bucket %s: %w", bucket, err)
	}
	return rule, nil
}

// shownBy reads what a file shows.
func (b *Backend) shownBy(file string) (map[string]string, error) {
	attributes := map[string]string{}
	for _, s := range shown {
		value, err := b.files.RetrieveAttribute(nil, file, "", s.attribute)
		if errors.Is(err, meta.ErrNoSuchKey) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", s.attribute, filepath.Base(file), err)
		}
		attributes[s.attribute] = string(value)
	}
	return attributes, nil
}

// show puts a version's attributes into the headers of the answer. The storage
// class is left to versitygw, which has a place for it.
func show(ctx context.Context, attributes map[string]string) {
	request, _, _, err := caller(ctx)
	if err != nil {
		return
	}
	for _, s := range shown {
		if value := attributes[s.attribute]; value != "" && s.attribute != attrStorageClass {
			setHeader(request, s.header, value)
		}
	}
}

func setHeader(request fiber.Ctx, name, value string) {
	request.Response().Header.DisableNormalizing()
	request.Response().Header.Set(name, value)
}
