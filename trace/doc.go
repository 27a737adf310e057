// Package trace tells where a row is from: the events that made it, for each of them the
// record as it was received, the load and the request that brought it, and for each column
// the mapping, rule or lookup that gave the value.
//
// It reads what every row carries anyway, the pointer to its event, and the definitions
// of the project. It writes nothing.
package trace

import (
	"encoding/json"
	"time"

	"github.com/lodehq/lode/record"
)

// Trace is what is known of a row.
type Trace struct {
	Table   string   `json:"table"`
	Kind    string   `json:"kind"` // entity, dimension or fact
	Columns []Column `json:"columns"`
	Events  []Event  `json:"events"`
	Notes   []string `json:"notes,omitempty"`
}

// Column is a column of the row, and what gave it its value.
type Column struct {
	Name  string  `json:"name"`
	Value *string `json:"value"` // nil is NULL
	Made  string  `json:"made"`  // by which mapping, rule or lookup
	Event int     `json:"event"` // the number of the event in Events; 0 is none
}

// Event is a typed event of the row's key, or of a row that it is joined with.
type Event struct {
	Number     int             `json:"number"`
	Entity     string          `json:"entity"`
	Op         string          `json:"op"`
	ValidAt    time.Time       `json:"valid_at"`
	ObservedAt time.Time       `json:"observed_at"`
	Stream     string          `json:"stream"`
	Seq        int64           `json:"seq"`
	Ordinal    int64           `json:"ordinal"` // in a nested list
	Part       string          `json:"part"`    // what it did for the row
	Absent     []string        `json:"absent,omitempty"`
	Payload    json.RawMessage `json:"payload,omitempty"` // byte for byte, as in bronze
	Note       string          `json:"note,omitempty"`    // what had to be mended of the record
	Load       *Load           `json:"load,omitempty"`
	Request    *Request        `json:"request,omitempty"`
	Problems   []Problem       `json:"problems,omitempty"`
}

// Load is the extraction that brought an event.
type Load struct {
	ID        string    `json:"load_id"`
	RunID     string    `json:"run_id"`
	Mode      string    `json:"mode"`
	Status    string    `json:"status"`
	StartedAt time.Time `json:"started_at"`
}

// Request is the request of the load, or the file that it read.
type Request struct {
	Number int64  `json:"number"`
	Origin string `json:"origin"`
}

// Problem is a value of an event that was refused, or warned of.
type Problem struct {
	Kind   string `json:"kind"`
	Column string `json:"column"`
	Reason string `json:"reason"`
	Value  string `json:"value"`
}

func textOf(v record.Value) *string {
	if v.IsNull() {
		return nil
	}
	text := v.String()
	return &text
}
