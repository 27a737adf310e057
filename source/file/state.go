package file

import (
	"fmt"
	"maps"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/lodehq/lode/source"
)

// state is what has been taken. Files are known by the hash and size of their content.
// A name stands for one content only, once a pass has ended: what it held before is
// forgotten (settle), so that the state is no larger than the list of names ever seen,
// and a file that is changed back is read again.
type state struct {
	Files map[string]taken `json:"files"`
	// Part is the file that was being read, and its rows that are delivered.
	Part *part `json:"part,omitzero"`
}

type taken struct {
	Name string    `json:"name"` // the file that held the content when it was last seen
	At   time.Time `json:"at"`
}

type part struct {
	ID   string `json:"id"`
	Name string `json:"name,omitzero"`
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

// knows tells whether the content of a file has been taken, and nothing else has been
// delivered of that file since.
func (s state) knows(id, name string) bool {
	_, done := s.Files[id]
	return done && (s.Part == nil || s.Part.Name != name || s.Part.ID == id)
}

// settle brings the state up to what a pass has seen, a content by name: a content that
// has moved keeps its new name, and one whose file holds another now is forgotten. One
// whose file is gone stays known, because it may come back. It tells whether anything changed.
func (s state) settle(seen map[string]string) bool {
	held := map[string]string{}
	for name, id := range seen {
		if first, twice := held[id]; !twice || name < first {
			held[id] = name
		}
	}
	changed := false
	for id, was := range s.Files {
		now, there := seen[was.Name]
		switch {
		case there && now == id:
		case held[id] != "":
			s.Files[id] = taken{Name: held[id], At: was.At}
			changed = true
		case there:
			delete(s.Files, id)
			changed = true
		}
	}
	return changed
}
