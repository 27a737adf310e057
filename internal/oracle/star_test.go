package oracle_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// seeds is how many worlds are drawn; LODE_SEEDS asks for more.
func seeds(t *testing.T, otherwise int) int {
	t.Helper()
	text := os.Getenv("LODE_SEEDS")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("LODE_SEEDS=%q is no count of histories", text)
	}
	return n
}

// world is a project and what happens to it.
type world struct {
	project project
	history []act
}

func (w world) String() string {
	lines := make([]string, len(w.history))
	for i, x := range w.history {
		lines[i] = x.String()
	}
	return w.project.String() + "\n\t" + strings.Join(lines, "\n\t")
}

func drawWorld(seed int) world {
	return rapid.Custom(func(t *rapid.T) world {
		p := projects().Draw(t, "project")
		return world{p, histories(p).Draw(t, "history")}
	}).Example(seed)
}

// memory is a DuckDB that spends no threads on tables of a few rows.
const memory = "duckdb:?threads=1"

// TestStarEqualsOracle plays as many worlds as there are seeds on DuckDB, and a quarter of
// them on PostgreSQL.
func TestStarEqualsOracle(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seeds   int
		address func(testing.TB) string
	}{
		"duckdb":   {seeds(t, 240), func(testing.TB) string { return memory }},
		"postgres": {max(seeds(t, 240)/4, 1), pgtest.URL},
	} {
		for seed := range c.seeds {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				t.Parallel()
				w := drawWorld(seed)
				err := w.play(t.Context(), c.address(t))
				if err == nil {
					return
				}
				small, why := w.shrink(t.Context(), err)
				t.Fatalf("%v\nthe shortest that still goes wrong on duckdb:\n\t%s\n%v", err, small, why)
			})
		}
	}
}

// shrink leaves out what the failure does not need, first in large pieces: on DuckDB,
// where a try is cheap, and not for ever.
func (w world) shrink(ctx context.Context, err error) (world, error) {
	tries := 300
	for piece := len(w.history) / 2; piece > 0; piece /= 2 {
		for i := len(w.history) - 1 - piece; i >= 0 && tries > 0; i -= piece {
			tries--
			fewer := world{w.project, slices.Delete(slices.Clone(w.history), i, i+piece)}
			if e := fewer.play(ctx, memory); e != nil {
				w, err = fewer, e
			}
		}
	}
	return w, err
}

// game is a world that is being played.
type game struct {
	world
	l       *lode.Lode
	clock   *lodetest.Clock
	streams map[string]*lodetest.Stream
	left    *atomic.Int64 // commits until one fails
	before  *found        // at the last run, if nothing broke since
	told    bool          // something has happened since
}

// play lets a history happen and holds the star against the oracle after each run.
func (w world) play(ctx context.Context, address string) (err error) {
	source := lodetest.NewSource()
	g := &game{world: w, clock: lodetest.NewClock(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)), left: &atomic.Int64{}}
	items, sales := source.Stream("items", "id"), source.Stream("sales", "id")
	g.streams = map[string]*lodetest.Stream{item: items, itemGone: items, sale: sales, saleGone: sales}
	g.l, err = lode.Open(ctx, lode.Project{
		Project: w.project.schema(source), Warehouse: address, Now: g.clock.Now,
		Drivers: []warehouse.Driver{dbtest.Breaking{Driver: duckdb.Driver{}, Left: g.left}, dbtest.Breaking{Driver: postgres.Driver{}, Left: g.left}},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.l.Close()) }()
	for i, x := range w.history {
		if err := g.act(ctx, i, x); err != nil {
			return fmt.Errorf("after act %d (%s): %w", i, x, err)
		}
	}
	return nil
}

func (g *game) act(ctx context.Context, i int, x act) error {
	switch x.kind {
	case item, sale:
		g.streams[x.kind].Send(x.payload())
	case itemGone, saleGone:
		g.streams[x.kind].Delete(x.payload())
	case aDay:
		g.clock.Add(24 * time.Hour)
	case crash:
		return g.crash(ctx, x.commit)
	default:
		return g.run(ctx, i, x.kind)
	}
	g.told = true
	return nil
}

// crash runs until a commit fails. What a reader sees then holds together.
func (g *game) crash(ctx context.Context, commit int) error {
	if g.before == nil {
		return nil // the tables may not be there yet
	}
	g.left.Store(int64(commit))
	err := g.lode(ctx, run)
	reached := g.left.Swap(0) <= 0
	if reached != (err != nil) || err != nil && !errors.Is(err, dbtest.ErrLost) {
		return fmt.Errorf("the run with the lost connection says: %w", err)
	}
	f, err := look(ctx, g.l, g.project)
	if err != nil {
		return err
	}
	g.told, g.before = true, &f
	return f.holds(g.project)
}

func (g *game) lode(ctx context.Context, kind string) error {
	g.clock.Add(time.Minute)
	report, err := g.l.Run(ctx, lode.Options{Mode: lode.Mode{Rebuild: kind == rebuild, Full: kind == full}}, nil)
	return errors.Join(err, report.Err())
}

// run runs the project. Where nothing has happened since the last run, nothing must
// change, be it told again or rebuilt.
func (g *game) run(ctx context.Context, i int, kind string) error {
	var was []string
	if !g.told && g.before != nil {
		rows, err := dump(ctx, g.l)
		if err != nil {
			return err
		}
		was = rows
	}
	if err := g.lode(ctx, kind); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	f, err := look(ctx, g.l, g.project)
	if err != nil {
		return err
	}
	if err := errors.Join(truthOf(g.project, g.history[:i+1], g.clock.Now()).compare(ctx, g.l, f, g.history[:i+1]), f.holds(g.project)); err != nil {
		return err
	}
	if g.before != nil {
		if err := f.kept(*g.before, g.project); err != nil {
			return err
		}
	}
	g.before, g.told = &f, false
	if was == nil {
		return nil
	}
	is, err := dump(ctx, g.l)
	if err != nil {
		return err
	}
	if kind == full {
		// Said again, an event between two others of its instant is a state between them.
		is, was = without(is, "gold.fact_states"), without(was, "gold.fact_states")
	}
	return same("gold, of which nothing should have changed", is, was)
}
