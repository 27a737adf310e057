package source

import (
	"errors"
	"fmt"
)

// SweepRules are the keys that a sweep has in the configuration of any source.
type SweepRules struct {
	Scope []string `yaml:"scope" doc:"Paths in a record that say which part of the whole it belongs to. A key is deleted only if records of its part came; the guard holds for each part."`
	At    string   `yaml:"at" doc:"Path in a record of the time of the snapshot, the same in all its records. Deletions carry it under this name, for valid_at to read. Without it a record is gone when that is seen."`
	Guard *float64 `yaml:"guard" doc:"Least share of the known keys that must be seen for a sweep to be believed, 0.5 by default."`
}

// defaultGuard is the share of the known keys that a sweep must see by default.
const defaultGuard = 0.5

// Describe makes s a stream that is swept by mode, under these rules.
func (r SweepRules) Describe(s *Stream, mode Mode) {
	s.Sweep, s.SweepMode, s.SweepScope, s.SweepAt, s.SweepGuard = true, mode, r.Scope, r.At, defaultGuard
	if r.Guard != nil {
		s.SweepGuard = *r.Guard
	}
}

// Problems tells what contradicts itself in a description; each error begins with the key
// of the configuration that it is about.
func (s Stream) Problems() []error {
	if !s.Sweep {
		return nil
	}
	var errs []error
	if len(s.Key) == 0 {
		errs = append(errs, errors.New("sweep.mode: a stream without key cannot be swept"))
	}
	if s.SweepMode == Keys && len(s.SweepScope) > 0 {
		errs = append(errs, errors.New("sweep.scope: needs mode full; a list of keys does not tell which parts it is complete for"))
	}
	if s.SweepMode == Keys && s.SweepAt != "" {
		errs = append(errs, errors.New("sweep.at: needs mode full; a list of keys does not tell its time"))
	}
	if s.SweepGuard < 0 || s.SweepGuard > 1 {
		errs = append(errs, fmt.Errorf("sweep.guard: %v is not between 0 and 1", s.SweepGuard))
	}
	for _, path := range s.SweepScope {
		if path == "" {
			errs = append(errs, errors.New("sweep.scope: holds an empty path; name a field of the records"))
		}
	}
	return errs
}

// Check validates a configuration, and what it says of its streams where it finds nothing
// wrong itself: one of a kind of its own may not have looked.
func Check(c Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	var errs []error
	for _, s := range c.Streams() {
		for _, err := range s.Problems() {
			errs = append(errs, fmt.Errorf("streams.%s.%w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}
