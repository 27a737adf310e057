package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The library makes room for what a file says of its own sizes before it looks whether
// the file holds that much. These bounds are far above what any writer makes.
const (
	maxHeader = 1 << 20   // bytes of the header of a page
	maxPage   = 512 << 20 // bytes of a page, unpacked
	maxValues = 100 << 20 // values in a page
)

var errBroken = errors.New("the file is broken")

// checkFooter tells whether the length of the footer, at the end of the file, can be true.
func checkFooter(in *input) error {
	var end [8]byte
	size := in.info.Size()
	if size < int64(len(end)) {
		return fmt.Errorf("read Parquet file: %w: it has %d bytes", errBroken, size)
	}
	if _, err := in.file.ReadAt(end[:], size-int64(len(end))); err != nil {
		return fmt.Errorf("read Parquet file: %w", err)
	}
	if footer := int64(binary.LittleEndian.Uint32(end[:4])); footer > size-int64(len(end)) {
		return fmt.Errorf("read Parquet file: %w: its footer is said to have %d bytes, and the file has %d", errBroken, footer, size)
	}
	return nil
}

// checkPages reads the headers of all pages.
func checkPages(in *input, f *parquet.File) error {
	for _, group := range f.Metadata().RowGroups {
		for i := range group.Columns {
			column := &group.Columns[i].MetaData
			at := column.DataPageOffset
			if column.DictionaryPageOffset != 0 {
				at = column.DictionaryPageOffset
			}
			if at < 0 || column.TotalCompressedSize < 0 || at > in.info.Size() || column.TotalCompressedSize > in.info.Size()-at {
				return fmt.Errorf("read Parquet column %v: %w: it is said to lie outside of the file", column.PathInSchema, errBroken)
			}
			if err := checkColumn(in, at, at+column.TotalCompressedSize); err != nil {
				return fmt.Errorf("read Parquet column %v: %w", column.PathInSchema, err)
			}
		}
	}
	return nil
}

// checkColumn goes from page to page of a column.
func checkColumn(in *input, at, end int64) error {
	for at < end {
		h, length, err := pageHeader(in, at, end)
		if err != nil {
			return fmt.Errorf("header of the page at byte %d: %w", at, err)
		}
		values := max(h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues, h.DictionaryPageHeader.V.NumValues)
		at += length
		switch {
		case h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > end-at:
			return fmt.Errorf("%w: the page at byte %d is said to have %d bytes, and the column has %d more", errBroken, at, h.CompressedPageSize, end-at)
		case h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPage || values > maxValues:
			return fmt.Errorf("the page at byte %d has %d bytes and %d values unpacked; at most %d and %d are read", at, h.UncompressedPageSize, values, maxPage, maxValues)
		}
		at += int64(h.CompressedPageSize)
	}
	return nil
}

// pageHeader reads the header of a page, and tells its length. Most are short.
func pageHeader(in *input, at, end int64) (h format.PageHeader, length int64, err error) {
	for window := int64(512); ; window = maxHeader {
		buffer := make([]byte, min(window, end-at))
		if _, err := in.file.ReadAt(buffer, at); err != nil && !ended(err) {
			return h, 0, err
		}
		h = format.PageHeader{}
		r := (&thrift.CompactProtocol{}).NewReaderFromBytes(buffer)
		if err = thrift.NewDecoder(r).Decode(&h); err == nil {
			return h, int64(r.BytesRead()), nil
		}
		if window >= maxHeader || !errors.Is(err, io.ErrUnexpectedEOF) && !ended(err) {
			return h, 0, fmt.Errorf("%w: %w", errBroken, err)
		}
	}
}
