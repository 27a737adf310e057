package file

import (
	"fmt"
	"maps"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lodehq/lode/source"
)

// state is what has been taken. Files are known by the hash and size of their content.
type state struct {
	Files map[string]taken `json:"files"`
	// Part is the file that was being read, and its rows that are delivered.
	Part *part `json:"part,omitzero"`
}

type taken struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

type part struct {
	ID   string `json:"id"`
	Rows int64  `json:"rows"`
}

func parseState(raw source.State) (state, error) {
	s := state{Files: map[string]taken{}}
	if len(raw) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("read state of files: %w; a full refresh begins a new one", err)
	}
	if s.Files == nil {
		s.Files = map[string]taken{}
	}
	return s, nil
}

// encode writes the state; equal states are equal texts.
func (s state) encode() (source.State, error) {
	text, err := json.Marshal(s, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write state of files: %w", err)
	}
	return source.State(text), nil
}

// begin is a copy for a pass. A full pass begins with nothing taken.
func (s state) begin(mode source.Mode) state {
	if mode == source.Full {
		return state{Files: map[string]taken{}}
	}
	return state{Files: maps.Clone(s.Files), Part: s.Part}
}
