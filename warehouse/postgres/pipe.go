package postgres

import "sync"

// pipeChunk is how much is encoded before it is handed over. Larger is not faster.
const pipeChunk = 128 << 10

// pipe hands buffers from the goroutine that encodes to the one that sends. Two buffers go
// around, so both can work at a time and memory stays flat.
type pipe struct {
	full, free chan []byte
	stopped    chan struct{} // closed when the reader is gone
	stopOnce   sync.Once
	end        error  // what Read returns last; set before full is closed
	buf        []byte // being read
	rest       []byte // of buf
}

func newPipe() *pipe {
	p := &pipe{full: make(chan []byte, 1), free: make(chan []byte, 2), stopped: make(chan struct{})}
	for range cap(p.free) {
		p.free <- make([]byte, 0, pipeChunk+pipeChunk/8)
	}
	return p
}

// buffer is an empty buffer, nil when the reader is gone.
func (p *pipe) buffer() []byte {
	select {
	case b := <-p.free:
		return b[:0]
	case <-p.stopped:
		return nil
	}
}

// send hands a buffer over and returns an empty one, nil when the reader is gone.
func (p *pipe) send(b []byte) []byte {
	select {
	case p.full <- b:
		return p.buffer()
	case <-p.stopped:
		return nil
	}
}

// close ends the stream for the reader with err.
func (p *pipe) close(err error) {
	p.end = err
	close(p.full)
}

// stop tells the writer that nobody reads any more.
func (p *pipe) stop() { p.stopOnce.Do(func() { close(p.stopped) }) }

// Read is the reader's side.
func (p *pipe) Read(into []byte) (int, error) {
	if len(p.rest) == 0 && !p.next() {
		return 0, p.end
	}
	n := copy(into, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// next gives the buffer back that was read and waits for a filled one. A buffer that
// one huge value has blown up is dropped.
func (p *pipe) next() bool {
	if p.buf != nil && cap(p.buf) <= 4*pipeChunk {
		p.free <- p.buf
	} else if p.buf != nil {
		p.free <- make([]byte, 0, pipeChunk)
	}
	p.buf, p.rest = nil, nil
	for b := range p.full {
		if len(b) > 0 {
			p.buf, p.rest = b, b
			return true
		}
		p.free <- b
	}
	return false
}
