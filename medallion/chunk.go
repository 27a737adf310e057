package medallion

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/zeebo/xxh3"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
)

// chunk collects records until they are committed together.
type chunk struct {
	table    schema.Table
	batch    *record.Batch // ord, request, key, op, hash, note, payload
	cursors  []string
	seen     map[string]int // key -> row, to find keys that come twice
	known    *knownKeys     // of a load into an empty log; nil otherwise
	ask      []bool         // rows whose key bronze may hold, or that come twice
	repeated []int          // rows whose key came before in this chunk
	requests []request
	bytes    int
	problems int64
	last     *source.Batch // the newest batch that carries a state
	covered  int           // rows that the state covers
	number   int64         // of the last request of this load
	ends     bool          // a snapshot ends with it
}

type request struct {
	number, records int64
	origin          string
}

// Columns of a chunk's batch.
const (
	stageOrd = iota
	stageRequest
	stageKey
	stageOp
	stageHash
	stageNote
	stagePayload
)

var stageFields = [...]record.Column{
	{Name: "ord", Type: record.Of(record.Int)}, {Name: "request", Type: record.Of(record.Int)},
	{Name: "key", Type: record.Of(record.Text)}, {Name: "op", Type: record.Of(record.Text)},
	{Name: "hash", Type: record.Of(record.UUID)}, {Name: "note", Type: record.Of(record.Text)},
	{Name: "payload", Type: record.Of(record.JSON)},
}

// narrow is what a comparison needs: place, key, op and hash, of all rows or of those
// whose key bronze may hold.
func (c *chunk) narrow(all bool) *record.Batch {
	columns := []int{stageOrd, stageKey, stageOp, stageHash}
	b := &record.Batch{}
	for _, i := range columns {
		b.Columns, b.Vectors = append(b.Columns, c.batch.Columns[i]), append(b.Vectors, c.batch.Vectors[i])
	}
	if all || !slices.Contains(c.ask, false) {
		return b
	}
	some := record.NewBatch(b.Columns)
	for row, ask := range c.ask {
		if ask {
			some.Append(b.Row(row)...)
		}
	}
	return some
}

// byOrder lists the rows in the order in which they are stored.
func (c *chunk) byOrder() []int {
	rows := make([]int, c.batch.Len())
	for row, ord := range c.batch.Vectors[stageOrd].Ints {
		rows[ord] = row
	}
	return rows
}

func newChunk(table schema.Table, known *knownKeys) *chunk {
	return &chunk{table: table, known: known, batch: record.NewBatch(stageFields[:]), seen: map[string]int{}}
}

func (c *chunk) reset() {
	c.batch.Reset()
	clear(c.seen)
	c.cursors, c.repeated, c.requests, c.ask = c.cursors[:0], c.repeated[:0], c.requests[:0], c.ask[:0]
	c.bytes, c.problems, c.last, c.covered, c.ends = 0, 0, nil, 0, false
}

func (c *chunk) full() bool { return c.batch.Len() >= chunkRows || c.bytes >= chunkBytes }

// add takes the records of a batch over.
func (c *chunk) add(b *source.Batch) {
	c.number++
	c.requests = append(c.requests, request{c.number, int64(len(b.Records)), b.Origin})
	for i := range b.Records {
		c.addRecord(&b.Records[i])
	}
}

func (c *chunk) addRecord(r *source.Record) {
	row, v := c.batch.Len(), c.batch.Vectors
	c.bound(r)
	hash := uuid.UUID(xxh3.Hash128(r.Payload).Bytes()).String()
	key := r.Key
	if r.Problem != "" {
		key = "!" + hash // a record without a key is known by its content
		c.problems++
	}
	c.ask = append(c.ask, c.known == nil || c.known.add(key))
	if first, twice := c.seen[key]; twice && key != "" {
		c.repeated = append(c.repeated, row)
		c.ask[first], c.ask[row] = true, true
	}
	c.seen[key] = row
	v[stageOrd].AppendInt(int64(row))
	v[stageRequest].AppendInt(c.number)
	appendText(&v[stageKey], key)
	v[stageOp].AppendText(opName(r.Op))
	v[stageHash].AppendText(hash)
	appendText(&v[stageNote], cmp.Or(r.Problem, noteOfSanitized(r)))
	appendText(&v[stagePayload], string(r.Payload))
	c.cursors = append(c.cursors, r.Cursor)
	c.bytes += len(r.Payload)
}

// What a database can hold: an index entry, and JSON that its parser can follow.
const (
	maxKey   = 1000 // bytes
	maxDepth = 500  // levels
)

// bound keeps a record that no database could take as a text, and says why.
func (c *chunk) bound(r *source.Record) {
	if len(r.Key) > maxKey {
		r.Problem = cmp.Or(r.Problem, fmt.Sprintf("the primary key has %d bytes, more than %d", len(r.Key), maxKey))
	}
	if !deep(r.Payload) {
		return
	}
	r.Problem = cmp.Or(r.Problem, fmt.Sprintf("the record is nested deeper than %d levels", maxDepth))
	quoted, err := jsontext.AppendQuote(nil, r.Payload)
	if err != nil {
		quoted = []byte(`"the record is no UTF-8"`) // sources sanitize: cannot happen
	}
	r.Payload = quoted
}

// deep tells whether JSON is nested deeper than maxDepth. Counting the brackets first
// spares the walk for nearly all.
func deep(payload []byte) bool {
	if bytes.Count(payload, []byte{'['})+bytes.Count(payload, []byte{'{'}) <= maxDepth {
		return false
	}
	depth, inText, escaped := 0, false, false
	for _, c := range payload {
		switch {
		case escaped:
			escaped = false
		case inText:
			inText, escaped = c != '"', c == '\\'
		case c == '"':
			inText = true
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}

// noteOfSanitized marks a record that had to be changed to be stored. It is no reason
// to keep the record back.
func noteOfSanitized(r *source.Record) string {
	if r.Sanitized == "" {
		return ""
	}
	return sanitizedPrefix + r.Sanitized
}

const sanitizedPrefix = "sanitized: "

func opName(op source.Op) string {
	if op == source.Delete {
		return "delete"
	}
	return "upsert"
}

func appendText(v *record.Vector, s string) {
	if s == "" {
		v.AppendNull()
		return
	}
	v.AppendText(s)
}

func (c *chunk) checkpoint(b *source.Batch) {
	if b.State != nil {
		c.last, c.covered = &source.Batch{State: slices.Clone(b.State), Partial: b.Partial}, c.batch.Len()
	}
}

func (c *chunk) state() (*source.Batch, bool) { return c.last, c.last != nil }

// order puts the records of one key into the order of their cursors, then of arrival,
// so that the last one is the newest. Only keys that come twice are looked at.
func (c *chunk) order() {
	if len(c.repeated) == 0 {
		return
	}
	keys := c.batch.Vectors[stageKey].Texts
	groups := map[string][]int{}
	for _, row := range c.repeated {
		groups[keys[row]] = nil
	}
	for row, key := range keys {
		if rows, twice := groups[key]; twice {
			groups[key] = append(rows, row)
		}
	}
	for _, rows := range groups {
		ords := slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b int) int { return compareCursors(c.cursors[a], c.cursors[b]) })
		for i, r := range rows {
			c.batch.Vectors[stageOrd].Ints[r] = int64(ords[i])
		}
	}
}

// compareCursors orders two raw cursors of one stream: as integers or instants when both
// are, as text otherwise, which is right for dates and local times of one precision.
func compareCursors(a, b string) int {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	s, errS := time.Parse(time.RFC3339Nano, a)
	t, errT := time.Parse(time.RFC3339Nano, b)
	if errS == nil && errT == nil {
		return s.Compare(t)
	}
	return strings.Compare(a, b)
}
