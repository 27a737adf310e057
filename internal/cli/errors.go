package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/migrate/runner"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// The exit codes.
const (
	codeDone   = 0
	codeFailed = 1 // data or pipeline failure
	codeMisuse = 2 // usage or configuration
	codeLater  = 3 // worth trying again later
	codeLocked = 4 // another run is going
)

// usageError is a mistake in how the program was called.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// configError is a mistake in the project or its surroundings: nothing has been done.
type configError struct{ err error }

func (e configError) Error() string { return e.err.Error() }
func (e configError) Unwrap() error { return e.err }

// stoppedError is the cause of a run that a person or the system stopped.
type stoppedError struct{ signal os.Signal }

func (e stoppedError) Error() string { return "stopped by signal: " + e.signal.String() }

// reportedError carries the exit code of a failure whose message has been printed.
type reportedError struct{ code int }

func (e reportedError) Error() string { return fmt.Sprintf("ended with code %d", e.code) }

// explain prints an error, once and without ornaments, and returns its exit code.
func (p *program) explain(err error) int {
	var reported reportedError
	var problems settings.Problems
	switch {
	case err == nil:
		return codeDone
	case errors.As(err, &reported):
		return reported.code
	}
	err = p.positions.Locate(err)
	if errors.As(err, &problems) {
		p.showProblems(problems)
		return codeMisuse
	}
	fmt.Fprintf(p.err, "lode: %s\n", strings.TrimRight(err.Error(), "\n"))
	return exitCode(err)
}

// shownProblems is how many mistakes of a project are printed for a person.
const shownProblems = 50

// showProblems prints the mistakes of a project. A program that asks for JSON gets them all.
func (p *program) showProblems(problems settings.Problems) {
	few := problems
	if p.output != "json" {
		few = problems[:min(len(problems), shownProblems)]
	}
	fmt.Fprintf(p.err, "%v\n", few)
	if more := len(problems) - len(few); more > 0 {
		fmt.Fprintf(p.err, "and %s more; -o json shows all\n", grouped(int64(more)))
	}
	fmt.Fprintf(p.err, "lode: %s in the project; nothing was done\n", plural(len(problems), "problem"))
}

func exitCode(err error) int {
	var usage usageError
	var config configError
	var problems schema.Problems
	var selection *run.SelectError
	var refused *source.Error
	var unsafe *runner.RefusedError
	switch {
	case errors.Is(err, warehouse.ErrLocked), errors.Is(err, warehouse.ErrBusy):
		return codeLocked
	case errors.Is(err, warehouse.ErrUnsupported), errors.Is(err, medallion.ErrUnmigrated), errors.Is(err, medallion.ErrAbandoned), errors.Is(err, evolve.ErrAsk), errors.As(err, &unsafe):
		return codeMisuse
	case source.IsLater(err), warehouse.IsTemporary(err), errors.Is(err, warehouse.ErrLockLost):
		return codeLater
	case errors.As(err, &usage), errors.As(err, &config), errors.As(err, &problems), errors.As(err, &selection),
		errors.As(err, &refused) && refused.Kind == source.Misuse:
		return codeMisuse
	}
	return codeFailed
}

// stopped is the cause when the program was told to stop, else nil.
func stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%w; what was committed stays, run again to go on", context.Cause(ctx))
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return grouped(int64(n)) + " " + word + "s"
}
