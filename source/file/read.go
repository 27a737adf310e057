package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
)

// files is an open source. It holds nothing that changes.
type files struct {
	config *Config
	env    source.Env
	root   *os.Root
}

// Close lets go of the folder.
func (f *files) Close() error { return f.root.Close() }

// Read yields the records of the files that were not taken yet, in the order of the file
// names; a full pass takes them all again.
func (f *files) Read(ctx context.Context, req source.Request) iter.Seq2[*source.Batch, error] {
	return func(yield func(*source.Batch, error) bool) {
		p := pass{files: f, req: req, yield: yield}
		if err := p.run(ctx); err != nil && !errors.Is(err, errStopped) {
			yield(nil, p.explain(err))
		}
	}
}

// pass is one Read.
type pass struct {
	*files
	req    source.Request
	yield  func(*source.Batch, error) bool
	stream *Stream
	state  state
	seen   map[string]string // the content of each file, by name
	doing  string
	// renamed says that a snapshot was found under another name.
	renamed bool
}

// errChanged is a file that was written to while it was read.
var errChanged = errors.New("file changed while it was read; try again when its writer is done")

func (p *pass) explain(err error) error {
	var known *source.Error
	if errors.As(err, &known) {
		return err
	}
	kind := source.Failed
	if errors.Is(err, errChanged) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		kind = source.Later
	}
	return &source.Error{Kind: kind, Op: fmt.Sprintf("read %s.%s%s", p.env.Name, p.req.Stream, p.doing), Err: err}
}

func (p *pass) run(ctx context.Context) error {
	if err := p.begin(); err != nil {
		return err
	}
	names, err := find(p.root, p.stream.Glob)
	if err != nil {
		return err
	}
	names = readable(p.root, names, func(name string, mode fs.FileMode) {
		if !mode.IsDir() {
			p.emit("file_left_out", fmt.Sprintf("%s is %s and is not read", name, settings.FileKind(mode)))
		}
	})
	if len(names) == 0 {
		p.emit("no_files", fmt.Sprintf("no file is named like %v", p.stream.Glob))
	}
	for _, name := range names {
		p.doing = " file " + name
		if err := p.file(ctx, name); err != nil {
			return err
		}
	}
	p.doing = ""
	if settled := p.settle(); settled || p.req.Mode == source.Full && len(names) > 0 {
		return p.checkpoint("all files")
	}
	return nil
}

// begin finds the stream and the state to go on from.
func (p *pass) begin() error {
	i := slices.IndexFunc(p.config.Tables, func(s Stream) bool { return s.Name == p.req.Stream })
	if i < 0 {
		return p.misuse("there is no such stream")
	}
	p.stream = &p.config.Tables[i]
	if p.req.Mode != source.Incremental && p.req.Mode != source.Full {
		return p.misuse("files can be read incremental or full, not " + string(p.req.Mode))
	}
	saved, err := parseState(p.req.State)
	if err != nil {
		return err
	}
	p.state, p.seen = saved.begin(p.req.Mode), map[string]string{}
	return nil
}

func (p *pass) misuse(text string) error {
	return &source.Error{Kind: source.Misuse, Op: fmt.Sprintf("read %s.%s", p.env.Name, p.req.Stream), Err: errors.New(text)}
}

// file reads one file unless it was taken.
func (p *pass) file(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in, err := openInput(p.root, name)
	if err != nil {
		return err
	}
	defer in.file.Close()
	p.seen[name] = in.id
	if p.knows(in) {
		return nil
	}
	if err := p.rows(ctx, in); err != nil {
		return err
	}
	if changed, err := in.changed(); err != nil || changed {
		return errors.Join(err, errChanged)
	}
	return p.take(in)
}

// rows delivers the rows of a file, behind those that an earlier pass delivered. A snapshot is
// always delivered from its beginning: what came of it before was dropped.
func (p *pass) rows(ctx context.Context, in *input) error {
	var skip int64
	if p.stream.Sweep == nil && p.state.Part != nil && p.state.Part.ID == in.id {
		skip = p.state.Part.Rows
	}
	b := newBatch(p.stream.Key, skip, func(b *batch) error { return p.deliver(ctx, in, b) })
	format, err := p.stream.formatOf(in.name)
	if err != nil {
		return err
	}
	if format == "parquet" {
		err = readParquet(in, b)
	} else {
		err = p.text(in, format, b)
	}
	if err != nil {
		return err
	}
	return b.flush()
}

func (p *pass) text(in *input, format string, b *batch) error {
	content, err := in.content()
	if err != nil {
		return err
	}
	switch format {
	case "csv":
		return readCSV(content, in.name, p.stream, b)
	case "json":
		return readJSON(content, p.stream, b)
	}
	return readLines(content, p.stream, b)
}

// deliver yields a batch. Outside of a full pass each batch carries how far it came, so
// that a crash repeats nothing, not even in a stream without keys; in a snapshot none does.
func (p *pass) deliver(ctx context.Context, in *input, b *batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	out := &source.Batch{Records: b.records, Origin: fmt.Sprintf("file %s rows %d-%d", in.name, b.first, b.row)}
	if p.req.Mode == source.Incremental && p.stream.Sweep == nil {
		p.state.Part = &part{ID: in.id, Name: in.name, Rows: b.row}
		var err error
		if out.State, err = p.state.encode(); err != nil {
			return err
		}
	}
	return p.hand(out)
}

// checkpoint yields the state alone.
func (p *pass) checkpoint(origin string) error {
	encoded, err := p.state.encode()
	if err != nil {
		return err
	}
	return p.hand(&source.Batch{Origin: origin, State: encoded})
}

func (p *pass) now() time.Time {
	if p.env.Now != nil {
		return p.env.Now().UTC().Truncate(time.Second)
	}
	return time.Now().UTC().Truncate(time.Second)
}

func (p *pass) emit(kind, text string) {
	if p.env.Emit != nil {
		p.env.Emit(source.Event{Source: p.env.Name, Stream: p.req.Stream, Kind: kind, Text: text})
	}
}

// ended tells whether a reader came to its end, which is io.EOF itself: one that is
// wrapped says that the input broke off.
func ended(err error) bool {
	return err == io.EOF //nolint:errorlint // see above
}
