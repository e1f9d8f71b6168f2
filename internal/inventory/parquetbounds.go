package inventory

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The library makes room for what a file says of itself before it reads it: a
// file of eight bytes can say that its index has gigabytes. So what the index and
// the pages' headers say is compared with what there is, and bounded, before the
// library sees it. The real uncompressed size isn't bounded; only the MD5 and the
// bucket's policy protect against it.
// https://github.com/apache/parquet-format#file-format
const (
	// largestFooter and largestHeader are in bytes. An index has some kilobytes for
	// each group of rows, the header of a page two values of its column at most.
	largestFooter = 4 << 20
	largestHeader = 64 << 10
	// largestPage is in bytes, compressed or not. Writers aim at one megabyte.
	largestPage = 64 << 20
	// mostValues of a page: values that are all the same take almost no bytes.
	mostValues = 1 << 24
)

// parquetMagic is at both ends of a file.
const parquetMagic = "PAR1"

// checkFooter checks the index of a file.
func checkFooter(local io.ReaderAt, size int64) error {
	if size < 12 {
		return fmt.Errorf("it isn't Parquet: it has %d bytes", size)
	}
	start, end := make([]byte, 4), make([]byte, 8)
	if _, err := local.ReadAt(start, 0); err != nil {
		return err
	}
	if _, err := local.ReadAt(end, size-8); err != nil {
		return err
	}
	if string(start) != parquetMagic || string(end[4:]) != parquetMagic {
		return fmt.Errorf("it isn't Parquet: it begins with %q and ends with %q", start, end[4:])
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length > min(largestFooter, size-12) {
		return fmt.Errorf("its index has %d of its %d bytes", length, size)
	}
	footer := make([]byte, length)
	if _, err := local.ReadAt(footer, size-8-length); err != nil {
		return err
	}
	if _, err := structureLength(footer); err != nil {
		return fmt.Errorf("its index: %w", err)
	}
	return nil
}

// checkPages checks the headers of a column's pages.
func (p *parquetFile) checkPages(of *format.ColumnMetaData) error {
	at, length := of.DataPageOffset, of.TotalCompressedSize
	if of.DictionaryPageOffset != 0 {
		at = of.DictionaryPageOffset
	}
	if at < 4 || length < 0 || at > p.size || length > p.size-at {
		return fmt.Errorf("its pages have %d bytes from %d on, of %d", length, at, p.size)
	}
	pages := bufio.NewReaderSize(io.NewSectionReader(p.local, at, length), largestHeader)
	for n := 1; ; n++ {
		h, err := readHeader(pages)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = checkPage(h, of.Codec, pages)
		}
		if err != nil {
			return fmt.Errorf("page %d: %w", n, err)
		}
	}
}

// readHeader reads the header of a page. Its error is io.EOF if there is none.
func readHeader(pages *bufio.Reader) (*format.PageHeader, error) {
	var broken error
	for _, most := range []int{512, largestHeader} {
		text, err := pages.Peek(most)
		if err != nil && (!errors.Is(err, io.EOF) || len(text) == 0) {
			return nil, err
		}
		length, err := structureLength(text)
		if err != nil {
			broken = err
			continue
		}
		h := new(format.PageHeader)
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), text[:length], h); err != nil {
			return nil, err
		}
		_, err = pages.Discard(length)
		return h, err
	}
	return nil, broken
}

// checkPage checks what a header says, and skips the page.
func checkPage(h *format.PageHeader, codec format.CompressionCodec, pages *bufio.Reader) error {
	size, uncompressed, v2 := h.CompressedPageSize, h.UncompressedPageSize, h.DataPageHeaderV2
	values := max(h.DataPageHeader.V.NumValues, h.DictionaryPageHeader.V.NumValues, v2.V.NumValues)
	levels := int64(v2.V.RepetitionLevelsByteLength) + int64(v2.V.DefinitionLevelsByteLength) // not compressed
	if size < 0 || size > largestPage || uncompressed < 0 || uncompressed > largestPage || values > mostValues ||
		levels < 0 || levels > int64(size) {
		return fmt.Errorf("it says that it has %d bytes, %d uncompressed, and %d values", size, uncompressed, values)
	}
	left := int(size)
	if codec == format.Snappy && (!v2.Valid || !v2.V.IsCompressed.Valid || v2.V.IsCompressed.V) {
		// Snappy begins with the uncompressed size.
		n, err := pages.Discard(int(levels))
		if err != nil {
			return errTooLarge
		}
		left -= n
		text, _ := pages.Peek(min(left, binary.MaxVarintLen64)) // what is missing is found below
		if said, _ := binary.Uvarint(text); said > largestPage {
			return fmt.Errorf("its uncompressed size is %d bytes", said)
		}
	}
	if _, err := pages.Discard(left); err != nil {
		return errTooLarge
	}
	return nil
}
