package file

import (
	"bytes"
	"fmt"
	"io"
)

// lines reads JSON lines. Rows are slices of the reader's own buffer: nothing is copied
// but the beginning of a line that a read has cut in two.
type lines struct {
	r     io.Reader
	limit int
	buf   []byte
	start int // of what is not yet delivered
	line  int64
	eof   bool
}

// readLines gives every line of r to b.
func readLines(r io.Reader, s *Stream, b *batch) error {
	l := lines{r: r, limit: s.maxRecord(), buf: make([]byte, 0, batchBytes+batchBytes/4)}
	for !l.eof || l.start < len(l.buf) {
		if err := l.refill(); err != nil {
			return err
		}
		for line := range l.whole {
			if len(line) > l.limit {
				return tooLarge("line", l.line, l.limit)
			}
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			if err := b.add(line, "line", l.line); err != nil {
				return err
			}
		}
		if err := b.flush(); err != nil { // before refill moves the bytes away
			return err
		}
	}
	return nil
}

// whole yields the whole lines of the buffer; at the end also a last one without newline.
func (l *lines) whole(yield func([]byte) bool) {
	for {
		rest := l.buf[l.start:]
		i := bytes.IndexByte(rest, '\n')
		switch {
		case i >= 0:
			l.start += i + 1
		case l.eof && len(rest) > 0:
			i = len(rest)
			l.start = len(l.buf)
		default:
			return
		}
		l.line++
		if !yield(rest[:i:i]) {
			return
		}
	}
}

// refill moves what is left to the front and fills the buffer, which grows until a whole
// line is there.
func (l *lines) refill() error {
	n := copy(l.buf[:cap(l.buf)], l.buf[l.start:])
	l.buf, l.start = l.buf[:n], 0
	for searched := n; ; searched = len(l.buf) {
		if err := l.read(); err != nil || l.eof {
			return err
		}
		if bytes.IndexByte(l.buf[searched:], '\n') >= 0 {
			return nil
		}
		if len(l.buf) > l.limit {
			return tooLarge("line", l.line+1, l.limit)
		}
		l.buf = append(make([]byte, 0, 2*cap(l.buf)), l.buf...)
	}
}

// read fills the buffer as it is.
func (l *lines) read() error {
	for len(l.buf) < cap(l.buf) {
		n, err := l.r.Read(l.buf[len(l.buf):cap(l.buf)])
		l.buf = l.buf[:len(l.buf)+n]
		if ended(err) {
			l.eof = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("read line %d: %w", l.line+1, err)
		}
	}
	return nil
}
