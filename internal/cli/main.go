package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lodehq/lode/project"
)

// Main runs the command line with the program's arguments and returns the exit code.
func Main(app App) int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	secrets := &secretSet{}
	p := &program{
		app: app, in: os.Stdin, secrets: secrets, out: newRedactor(os.Stdout, secrets), err: newRedactor(os.Stderr, secrets), terminal: os.Stderr,
		inIsTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		outIsTerminal: term.IsTerminal(int(os.Stdout.Fd())), errIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	secrets.hide(os.Getenv("PGPASSWORD"))
	return p.main(ctx, os.Args[1:])
}

// interruptible is a context that ends, with its cause, at the first signal to stop. The
// second signal kills the program, as if nobody listened.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(stoppedError{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// program is one call of the command line.
type program struct {
	app      App
	in       io.Reader
	secrets  *secretSet
	out, err *redactor // everything that is printed goes through these
	terminal *os.File  // where progress bars are drawn, if errIsTerminal
	log      *slog.Logger
	level    slog.LevelVar
	logTo    *divertible

	inIsTerminal, outIsTerminal, errIsTerminal bool

	dir, warehouse, output string // global flags
	logLevel               string
	noColor, quiet         bool

	positions project.Positions
	reads     bool // the command reads the sources, or says what reading them would do
	began     bool // a command's own work has begun; errors before are about usage
}

// main runs the arguments, prints the error, if any, and returns the exit code.
func (p *program) main(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err != nil && !p.began {
		err = usageError{err}
	}
	code := p.explain(err)
	if err := p.out.Close(); err != nil && code == codeDone {
		fmt.Fprintf(p.err, "lode: write the output: %v\n", err)
		code = codeFailed
	}
	_ = p.err.Close() // there is nobody left to tell
	return code
}

// begin wraps a command's work: from here on errors are no longer about usage.
func (p *program) begin(work func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := p.setUp(); err != nil {
			return err
		}
		p.began = true
		return work(cmd.Context(), args)
	}
}

func (p *program) printf(format string, args ...any) { fmt.Fprintf(p.out, format, args...) }
