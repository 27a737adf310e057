package file

import (
	"bytes"
	"io"
)

// guard ends the reading of a record that is larger than the limit. If keep is set it
// also remembers the bytes of the record, for one that turns out to be broken.
type guard struct {
	r        io.Reader
	limit    int64
	keep     bool
	consumed int64 // up to here records are done
	read     int64
	window   []byte // the last bytes that were read
}

// windowSlack is how many done bytes the window may hold before they are dropped.
const windowSlack = 64 << 10

func (g *guard) Read(p []byte) (int, error) {
	if g.read-g.consumed > g.limit {
		return 0, errTooLarge
	}
	n, err := g.r.Read(p)
	g.read += int64(n)
	if g.keep {
		g.remember(p[:n])
	}
	return n, err
}

func (g *guard) remember(p []byte) {
	done := g.consumed - (g.read - int64(len(p)) - int64(len(g.window)))
	if done > windowSlack {
		g.window = g.window[:copy(g.window, g.window[done:])]
	}
	g.window = append(g.window, p...)
}

// since is the text from the last record that was done up to an offset.
func (g *guard) since(offset int64) []byte {
	first := g.read - int64(len(g.window))
	return bytes.TrimRight(g.window[g.consumed-first:offset-first], "\r\n")
}
