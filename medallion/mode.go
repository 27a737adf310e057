package medallion

import (
	"errors"
	"fmt"

	"github.com/lodehq/lode/source"
)

// CheckMode refuses, before anything starts, what a stream of the steps cannot be asked
// for: a range that its source cannot read, or a second reading of records without a key.
// The error joins a [*source.Error] for each stream.
func (e *Engine) CheckMode(steps []Step, mode Mode) error {
	var refused []error
	for _, step := range steps {
		if step.Kind != LoadStep {
			continue
		}
		if err := readable(e.Streams[step.Stream], mode); err != nil {
			refused = append(refused, &source.Error{Kind: source.Misuse, Op: "read " + step.Stream.String(), Err: err})
		}
	}
	return errors.Join(refused...)
}

func readable(s source.Stream, mode Mode) error {
	ranged := mode.ranged()
	switch {
	case len(s.Key) == 0 && s.Incremental && (mode.Full || ranged):
		return errors.New("the stream has no key, so reading it again would store every record twice; declare a key, or run without --full, --from and --to")
	case ranged && s.Backfill == nil:
		return errors.New("the source does not read ranges of this stream; run it with --full to read everything again")
	case ranged:
		if err := s.Backfill(mode.From, mode.To); err != nil {
			return fmt.Errorf("--from and --to: %w", err)
		}
	}
	return nil
}

// ranged tells whether a range is asked for, and not what is new.
func (m Mode) ranged() bool { return m.From != "" || m.To != "" }
