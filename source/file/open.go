package file

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/lodehq/lode/settings"
)

// input is a file opened for reading, with the content that its id stands for: what is
// appended later is not read.
type input struct {
	name string
	id   string
	file *os.File
	info fs.FileInfo
}

// openInput opens a file and reads it once to know it by its content.
func openInput(root *os.Root, name string) (*input, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", explainLink(root, name, err))
	}
	in := &input{name: name, file: f}
	if in.info, err = f.Stat(); err == nil {
		in.id, err = identify(io.NewSectionReader(f, 0, in.info.Size()))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("identify file %s: %w", name, err), f.Close())
	}
	return in, nil
}

// explainLink says where a link leads that cannot be followed.
func explainLink(root *os.Root, name string, err error) error {
	target, notLink := root.Readlink(name)
	if notLink != nil {
		return err
	}
	return fmt.Errorf("it is a link to %s, which is not there or lies outside of the folder (%w); put the file itself into the folder, or declare the folder of the files as root", target, err)
}

// identify is the hash and the size of a content.
func identify(r io.Reader) (string, error) {
	h := xxh3.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, r, make([]byte, 1<<20))
	if err != nil {
		return "", err
	}
	sum := h.Sum128().Bytes()
	return fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:]), n), nil
}

// changed tells whether the file was written to since it was opened.
func (in *input) changed() (bool, error) {
	now, err := in.file.Stat()
	if err != nil {
		return false, fmt.Errorf("look at file %s: %w", in.name, err)
	}
	return now.Size() != in.info.Size() || !now.ModTime().Equal(in.info.ModTime()), nil
}

// content is the file's bytes, unpacked if they are gzip, without a byte order mark.
func (in *input) content() (io.Reader, error) {
	packed := bufio.NewReaderSize(io.NewSectionReader(in.file, 0, in.info.Size()), 1<<16)
	magic, _ := packed.Peek(2) // a file shorter than two bytes is no gzip
	if string(magic) != "\x1f\x8b" {
		return in.text(packed)
	}
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", in.name, err)
	}
	return in.text(bufio.NewReaderSize(unpacked, 1<<16))
}

// text is what follows the byte order mark of UTF-8. Another encoding is an error: every
// row of it would be a bad one.
func (in *input) text(r *bufio.Reader) (io.Reader, error) {
	beginning, _ := r.Peek(4) // of a shorter file, what there is
	if err := settings.CheckEncoding(beginning); err != nil {
		return nil, fmt.Errorf("read %s: it %w", in.name, err)
	}
	if mark, _ := r.Peek(3); string(mark) == "\xef\xbb\xbf" {
		if _, err := r.Discard(3); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// find lists the files that the patterns name, each once, by name. A name without
// pattern characters must exist.
func find(root *os.Root, globs []string) ([]string, error) {
	var names []string
	for _, g := range globs {
		if !strings.ContainsAny(g, `*?[\`) {
			if _, err := root.Stat(g); err != nil {
				return nil, fmt.Errorf("find file %s: %w", g, explainLink(root, g, err))
			}
			names = append(names, g)
			continue
		}
		found, err := fs.Glob(root.FS(), g)
		if err != nil {
			return nil, fmt.Errorf("find files %s: %w", g, err)
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// readable leaves out what is no file, each with a word to left: a folder, or a pipe,
// which would never end. What cannot be looked at is kept: to open it will say why.
func readable(root *os.Root, names []string, left func(name string, mode fs.FileMode)) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		info, err := root.Stat(name)
		if err != nil || info.Mode().IsRegular() {
			return false
		}
		left(name, info.Mode())
		return true
	})
}
