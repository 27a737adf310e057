package rest

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lodehq/lode/source"
)

// state is where a stream stands.
type state struct {
	Mark      *source.Mark `json:"mark,omitzero"`
	Deletions *source.Mark `json:"deletions,omitzero"`
	Resume    *resume      `json:"resume,omitzero"`
}

// resume is where a full pass that was cut short goes on. Pages of one generation
// together are one complete pass.
type resume struct {
	Generation string       `json:"generation"`
	Started    time.Time    `json:"started"`
	At         position     `json:"at"`
	Mark       *source.Mark `json:"mark,omitzero"` // of the pages read so far
}

func parseState(raw source.State) (state, error) {
	var s state
	if len(raw) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("read state: %w; a full refresh begins a new one", err)
	}
	return s, nil
}

// encode writes the state; nil for a state that says nothing.
func (s state) encode() (source.State, error) {
	if s == (state{}) {
		return nil, nil
	}
	text, err := json.Marshal(s, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write state: %w", err)
	}
	return source.State(text), nil
}
