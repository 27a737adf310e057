package file

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// A batch is full at one of these.
const (
	batchRecords = 5000
	batchBytes   = 4 << 20
)

// batch collects rows and delivers them. Its memory is used again for the next batch.
// Keys are built in one buffer and become texts together, so that a record costs no
// allocation of its own.
type batch struct {
	deliver   func(*batch) error
	paths     []string
	extractor *source.Extractor
	parts     []jsontext.Value

	records []source.Record
	arena   []byte // payloads that do not lie in the reader's own buffer
	keys    []byte
	ends    []int // where the key of each record ends in keys
	bytes   int
	skip    int64 // rows to leave out: an earlier pass delivered them
	first   int64 // row number of the first record, from 1
	row     int64 // row number of the last row seen
}

func newBatch(paths []string, skip int64, deliver func(*batch) error) *batch {
	return &batch{
		deliver: deliver, skip: skip,
		paths: paths, extractor: source.NewExtractor(paths...), parts: make([]jsontext.Value, len(paths)),
	}
}

// flush delivers what is there and empties the batch.
func (b *batch) flush() error {
	if len(b.records) == 0 {
		return nil
	}
	b.nameRecords()
	if err := b.deliver(b); err != nil {
		return err
	}
	clear(b.records)
	b.records, b.keys, b.ends = b.records[:0], b.keys[:0], b.ends[:0]
	b.arena, b.bytes = b.arena[:0], 0
	return nil
}

// nameRecords gives the records their keys.
func (b *batch) nameRecords() {
	keys, start := string(b.keys), 0
	for i, end := range b.ends {
		b.records[i].Key = keys[start:end]
		start = end
	}
}

// next counts a row and tells whether it is wanted.
func (b *batch) next() bool {
	b.row++
	if b.row <= b.skip {
		return false
	}
	if len(b.records) == 0 {
		b.first = b.row
	}
	return true
}

// add takes a row whose bytes stay where they are until flush. at and number name the
// row in a problem.
func (b *batch) add(payload []byte, at string, number int64) error {
	if !b.next() {
		return nil
	}
	record := source.Record{}
	record.Payload, record.Sanitized = source.Sanitize(payload)
	if err := b.extractor.Extract(record.Payload, b.parts); err != nil {
		return b.bad(payload, fmt.Sprintf("%s %d: %v", at, number, err))
	}
	before := len(b.keys)
	if err := b.key(); err != nil {
		record.Problem = fmt.Sprintf("%s %d: %v", at, number, err)
	}
	if err := source.MendedKey(payload, record.Sanitized, string(b.keys[before:]), b.paths); err != nil {
		b.keys, record.Problem = b.keys[:before], fmt.Sprintf("%s %d: %v", at, number, err)
	}
	return b.push(record)
}

// addCopy is add for a row in memory that will be used again.
func (b *batch) addCopy(payload []byte, at string, number int64) error {
	start := len(b.arena)
	b.arena = append(b.arena, payload...)
	return b.add(b.arena[start:len(b.arena):len(b.arena)], at, number)
}

// addBad takes a row that is no record, with the reason why.
func (b *batch) addBad(text []byte, problem string) error {
	if !b.next() {
		return nil
	}
	return b.bad(text, problem)
}

// bad keeps the text of a row that is no JSON as a JSON text.
func (b *batch) bad(text []byte, problem string) error {
	record := source.Record{Problem: problem}
	record.Payload, record.Sanitized = source.Sanitize(appendQuoted(nil, string(text)))
	return b.push(record)
}

// appendQuoted appends a JSON text. Bytes that are no UTF-8 stay as they are: Sanitize
// replaces them, and says so (case 25).
func appendQuoted(dst []byte, text string) []byte {
	if quoted, err := jsontext.AppendQuote(dst, text); err == nil {
		return quoted
	}
	dst = append(dst, '"')
	for len(text) > 0 {
		_, n := utf8.DecodeRuneInString(text)
		if quoted, err := jsontext.AppendQuote(nil, text[:n]); err == nil {
			dst = append(dst, quoted[1:len(quoted)-1]...)
		} else {
			dst = append(dst, text[:n]...)
		}
		text = text[n:]
	}
	return append(dst, '"')
}

// key appends the key of the row in parts, or nothing if it has none.
func (b *batch) key() error {
	if len(b.paths) == 0 {
		return nil
	}
	keys, err := source.AppendKey(b.keys, b.paths, b.parts)
	if err != nil {
		return err
	}
	b.keys = keys
	return nil
}

func (b *batch) push(r source.Record) error {
	b.records = append(b.records, r)
	b.ends = append(b.ends, len(b.keys))
	b.bytes += len(r.Payload)
	if len(b.records) >= batchRecords || b.bytes >= batchBytes {
		return b.flush()
	}
	return nil
}

var (
	// errTooLarge is a row beyond max_record.
	errTooLarge = errors.New("record is larger than max_record")
	// errStopped ends the reading when the reader of the batches wants no more.
	errStopped = errors.New("stopped")
)

func tooLarge(at string, number int64, limit int) error {
	return fmt.Errorf("%s %d: %w (%d bytes); raise it if the file is right", at, number, errTooLarge, limit)
}
