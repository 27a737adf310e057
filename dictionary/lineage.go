package dictionary

import "slices"

// connect makes of what each table is made of what each one feeds, and how far it is from
// the streams.
func (d *Dictionary) connect() {
	for _, t := range d.Tables {
		for i := range d.Streams {
			if s := &d.Streams[i]; slices.Contains(t.Streams, s.Name) {
				s.Feeds = append(s.Feeds, t.Name)
			}
		}
		for _, from := range t.From {
			other := d.Table(from)
			other.Feeds = append(other.Feeds, t.Name)
		}
	}
	known := map[string]int{}
	for i := range d.Tables {
		d.Tables[i].layer = d.depth(d.Tables[i].Name, known)
	}
}

// depth is the length of the longest way from a stream to a table. What is generated
// stands beside what is made of entities. Nothing is made of itself.
func (d *Dictionary) depth(name string, known map[string]int) int {
	if n, ok := known[name]; ok {
		return n
	}
	t, deepest := d.Table(name), 0
	if t.Kind == Dimension || t.Kind == App {
		deepest = 1
	}
	for _, from := range t.From {
		deepest = max(deepest, d.depth(from, known))
	}
	known[name] = deepest + 1
	return deepest + 1
}

// Branch is a table under what it is made of.
type Branch struct {
	Name     string
	Stream   bool // no table
	Again    bool // its own branches stand elsewhere already
	Branches []Branch
}

// Tree is the way from the streams to the tables as a tree; a table that is made of
// several has its branches where it comes first. Tables that no stream feeds come last.
func (d *Dictionary) Tree() []Branch {
	seen := map[string]bool{}
	var tree []Branch
	for _, s := range d.Streams {
		tree = append(tree, Branch{Name: s.Name, Stream: true, Branches: d.branches(s.Feeds, seen)})
	}
	for _, t := range d.Tables {
		if len(t.From)+len(t.Streams) == 0 && !seen[t.Name] {
			tree = append(tree, d.branches([]string{t.Name}, seen)...)
		}
	}
	return tree
}

func (d *Dictionary) branches(names []string, seen map[string]bool) []Branch {
	var out []Branch
	for _, name := range names {
		b := Branch{Name: name}
		feeds := d.Table(name).Feeds
		if b.Again = seen[name] && len(feeds) > 0; !seen[name] {
			seen[name] = true
			b.Branches = d.branches(feeds, seen)
		}
		out = append(out, b)
	}
	return out
}
