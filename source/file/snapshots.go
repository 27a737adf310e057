package file

import (
	"strings"

	"github.com/lodehq/lode/source"
)

// Two snapshots may hold the same content, with another between them, and each says
// something. So a snapshot is known by its content and its name: a copy is another one, and a
// file that was renamed, so that its old name does not hold that content any more, is not.

// named is what a snapshot is known by.
func named(id, name string) string { return id + " " + name }

// knowsSnapshot tells whether a file was taken, under its name or the one that it had.
func (p *pass) knowsSnapshot(id, name string) bool {
	if _, done := p.state.Files[named(id, name)]; done {
		return true
	}
	for known, was := range p.state.Files {
		if content, _, _ := strings.Cut(known, " "); content != id || was.Name != name && p.holds(was.Name) == id {
			continue
		}
		delete(p.state.Files, known)
		p.state.Files[named(id, name)], p.renamed = taken{Name: name, At: was.At}, true
		return true
	}
	return false
}

// holds is the content of a name, "" if it has none.
func (p *pass) holds(name string) string {
	if id, looked := p.seen[name]; looked {
		return id
	}
	in, err := openInput(p.root, name)
	if err != nil {
		return "" // it is gone; if it is not, to read it will say what is wrong
	}
	_ = in.file.Close() // it was only read
	return in.id
}

// settle brings the state up to what the pass has seen, and tells whether anything changed.
func (p *pass) settle() bool {
	if p.stream.Sweep == nil {
		return p.state.settle(p.seen)
	}
	changed := p.renamed
	for known, was := range p.state.Files {
		content, _, _ := strings.Cut(known, " ")
		if now, there := p.seen[was.Name]; there && now != content {
			delete(p.state.Files, known)
			changed = true
		}
	}
	return changed
}

// knows tells whether a file was taken.
func (p *pass) knows(in *input) bool {
	if p.stream.Sweep == nil {
		return p.state.knows(in.id, in.name)
	}
	return p.knowsSnapshot(in.id, in.name)
}

// take notes that a file was read to its end, and yields that. A full pass has no state
// before its own end.
func (p *pass) take(in *input) error {
	known, snapshot := in.id, p.stream.Sweep != nil
	if snapshot {
		known = named(in.id, in.name)
	}
	p.state.Files[known], p.state.Part = taken{Name: in.name, At: p.now()}, nil
	if !snapshot && p.req.Mode == source.Full {
		return nil
	}
	out := &source.Batch{Origin: "file " + in.name, EndsSnapshot: snapshot}
	if p.req.Mode == source.Incremental {
		var err error
		if out.State, err = p.state.encode(); err != nil {
			return err
		}
	}
	return p.hand(out)
}

// hand yields a batch.
func (p *pass) hand(b *source.Batch) error {
	if !p.yield(b, nil) {
		return errStopped
	}
	return nil
}
