package oracle_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/internal/pgtest"
)

// Histories that went wrong once, each as short as it could be made.
func TestHistoriesThatWentWrong(t *testing.T) {
	t.Parallel()
	of := func(at int, a string) act {
		return act{kind: item, key: "1", at: at, lsn: -1, sent: map[string]value{"a": text(a)}}
	}
	gone := func(at int) act { return act{kind: itemGone, key: "1", at: at, lsn: -1} }
	sold := func(at int) act { return act{kind: sale, key: "s1", item: "1", at: at, amount: 100} }
	ran := act{kind: run}
	for name, history := range map[string][]act{
		"said again in one batch":            {of(0, "B"), of(0, "C"), of(0, "B"), ran},
		"a version in the gap of a fact":     {of(10, "A"), gone(20), of(40, "C"), sold(30), ran, of(25, "B"), ran},
		"a version where the gap begins":     {of(0, "A"), gone(10), of(50, "B"), sold(15), ran, {kind: item, key: "1", at: 10, lsn: 0, sent: map[string]value{"a": text("C")}}, ran},
		"a gap closes behind a fact":         {of(10, "A"), gone(20), of(40, "A"), sold(30), ran, of(20, "A"), of(15, "A"), ran},
		"a delete before the first":          {gone(0), of(10, "A"), sold(5), ran, gone(5), ran},
		"a fact before its item":             {sold(5), ran, gone(0), ran, of(10, "A"), ran},
		"a fact moves to an unknown item":    {of(0, "A"), sold(5), ran, {kind: sale, key: "s1", item: "2", at: 5, amount: 1}, ran},
		"a late delete makes a gap":          {of(10, "A"), of(40, "C"), sold(30), ran, gone(20), ran},
		"versions merge":                     {of(10, "A"), of(20, "B"), of(30, "A"), sold(35), ran, of(20, "A"), ran},
		"the first of two equal ones parts":  {of(10, "A"), of(20, "A"), sold(25), ran, of(15, "B"), ran},
		"deletes one after the other":        {of(10, "A"), gone(20), gone(30), of(40, "A"), sold(35), ran, of(25, "B"), ran},
		"rebuilt, a version in the gap":      {of(10, "A"), gone(20), of(40, "C"), sold(30), ran, of(25, "B"), {kind: rebuild}},
		"a version in the gap, then rebuilt": {of(10, "A"), gone(20), of(40, "C"), sold(30), ran, of(25, "B"), ran, {kind: rebuild}},
		"partly sent, first seen by rebuild": {of(10, "A"), {kind: item, key: "1", at: 20, lsn: -1, sent: map[string]value{"b": text("x")}}, {kind: rebuild}},
	} {
		whole := classic()
		whole.dims[0].NullAbsent = true
		for on, p := range map[string]project{"duckdb": classic(), "duckdb, wholly said": whole, "postgres": classic(), "postgres, wholly said": whole} {
			t.Run(name+"/"+on, func(t *testing.T) {
				t.Parallel()
				w, address := world{p, history}, memory
				if strings.HasPrefix(on, "postgres") {
					address = pgtest.URL(t)
				}
				if err := w.play(t.Context(), address); err != nil {
					t.Errorf("\n\t%s\n%v", w, err)
				}
			})
		}
	}
}

// A fact changes while it waits for its member, and a run crashes when the member has come: at
// no commit do the two disagree.
func TestCrashWhileAChangedFactWaits(t *testing.T) {
	t.Parallel()
	p := classic()
	p.roles[0].Infer = false
	for commit := 1; commit < 16; commit++ {
		history := []act{
			{kind: sale, key: "s1", item: "1", at: 20, amount: 302}, {kind: run},
			{kind: sale, key: "s1", item: "2", at: 15, amount: 302},
			{kind: item, key: "1", at: 0, lsn: 1, sent: map[string]value{"a": text("A")}},
			{kind: crash, commit: commit}, {kind: run},
		}
		w := world{p, history}
		if err := w.play(t.Context(), memory); err != nil {
			t.Errorf("\n\t%s\n%v", w, err)
		}
	}
}
