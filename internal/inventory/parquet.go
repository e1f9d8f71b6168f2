package inventory

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// parquetNames are the fields by their names in Parquet.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
var parquetNames = map[string]Field{
	"bucket": Bucket, "key": Key, "version_id": VersionID, "is_latest": IsLatest, "is_delete_marker": DeleteMarker,
	"size": Size, "last_modified_date": LastModified, "e_tag": ETag, "storage_class": StorageClass,
	"encryption_status": Encryption, "object_lock_retain_until_date": RetainUntil, "object_lock_mode": Mode,
	"object_lock_legal_hold_status": LegalHold, "object_lock_event_hold_status": EventHold, "checksum_algorithm": Checksum,
}

// parquetName is the name of a field in Parquet.
func parquetName(field Field) string {
	for name, f := range parquetNames {
		if f == field {
			return name
		}
	}
	return string(field)
}

var (
	parquetMessage = regexp.MustCompile(`^\s*message\s+[\w.]+\s*\{(.*)\}\s*$`)
	// parquetColumnShape is a column: how often, its type, its name and, in one of
	// two notations, what it means.
	parquetColumnShape = regexp.MustCompile(`^(?:required|optional)\s+\w+\s+(\w+)(?:\s*\([\w(), ]+\))?$`)
)

// parquetFields reads the schema of a report in Parquet, such as
// message s3.inventory { required binary bucket (UTF8); optional int64 size; }.
// A column that isn't read keeps its name.
func parquetFields(schema string) ([]Field, error) {
	message := parquetMessage.FindStringSubmatch(schema)
	if message == nil {
		return nil, fmt.Errorf("its fileSchema is %.60q, and that of Parquet is message s3.inventory { … }", schema)
	}
	var fields []Field
	for text := range strings.SplitSeq(message[1], ";") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		column := parquetColumnShape.FindStringSubmatch(text)
		if column == nil {
			return nil, fmt.Errorf("its fileSchema has %.60q, which isn't a column", text)
		}
		field, ok := parquetNames[column[1]]
		if !ok {
			field = Field(column[1])
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// parquet yields the rows of one file in Parquet, and reports whether more are
// wanted. The index of such a file is at its end, so the file is copied first;
// nothing of it is read before its MD5 is compared.
func (i *Inventory) parquet(ctx context.Context, f File, yield func(Row, error) bool) (more bool, err error) {
	local, err := i.copied(ctx, f)
	if err != nil {
		return false, err
	}
	defer func() {
		_ = local.Close()           // it was only read
		_ = os.Remove(local.Name()) // already gone, except on Windows
	}()
	file, err := openParquet(local, f.Size)
	if err != nil {
		return false, err
	}
	rows := int64(0)
	for n, group := range file.file.RowGroups() {
		columns, err := file.cursors(i.Fields, n)
		if err != nil {
			return false, err
		}
		more, err := i.group(ctx, rows, group.NumRows(), columns, yield)
		if err = errors.Join(err, closeAll(columns)); !more || err != nil {
			return false, err
		}
		rows += group.NumRows()
	}
	return true, ctx.Err()
}

// copied copies a file of the report to a temporary one, and compares its size
// and MD5 with the manifest's. The caller closes and removes it.
func (i *Inventory) copied(ctx context.Context, f File) (*os.File, error) {
	body, err := i.get(ctx, i.bucket, f.Key)
	if err != nil {
		return nil, err
	}
	local, err := os.CreateTemp("", "datalock-")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create a temporary file: %w", err), body.Close())
	}
	_ = os.Remove(local.Name()) // a run that is killed leaves nothing; Windows refuses it
	sum := md5.New()
	// One byte more than there should be is enough to see that it is too long.
	n, err := io.Copy(io.MultiWriter(local, sum), io.LimitReader(body, f.Size+1))
	if err == nil {
		err = f.matches(n, sum)
	}
	if err = errors.Join(err, body.Close()); err != nil {
		_ = local.Close()
		_ = os.Remove(local.Name())
		return nil, err
	}
	return local, nil
}
