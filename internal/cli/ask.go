package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lodehq/lode/evolve"
)

// person answers questions on a terminal.
type person struct {
	in  *bufio.Reader
	out io.Writer
}

// asker is the person at the terminal, nil where there is none to see a question or to
// answer it.
func (p *program) asker() evolve.Asker {
	if !p.inIsTerminal || !p.errIsTerminal || p.output == "json" {
		return nil
	}
	return person{bufio.NewReader(p.in), p.err}
}

// Renamed asks until the answer is yes or no; an empty one is no. A signal ends the program
// while it waits.
func (p person) Renamed(ctx context.Context, q evolve.Question) (bool, error) {
	for {
		fmt.Fprintf(p.out, "%s (y/N) ", printable(q.String()))
		line, err := p.line(ctx)
		if err != nil {
			fmt.Fprintln(p.out)
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return true, nil
		case "", "n", "no":
			return false, nil
		}
		fmt.Fprintln(p.out, "write y or n")
	}
}

// line is what the person writes before ctx ends.
func (p person) line(ctx context.Context) (string, error) {
	type answer struct {
		line string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		line, err := p.in.ReadString('\n')
		answered <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case a := <-answered:
		if a.err != nil {
			return "", errors.New("nobody answered")
		}
		return a.line, nil
	}
}
