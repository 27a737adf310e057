// Command bench measures Lode and writes a line for each figure: name, value, unit, and
// where there is one the baseline in the same unit and the ratio to it. A baseline is
// the bare database doing the same work in the same run, so that a ratio means the same
// on a slow machine and on a fast one.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/lodehq/lode/internal/pgtest"
)

// figure is a line of the results.
type figure struct {
	Name     string   `json:"name"`
	Value    float64  `json:"value"`
	Unit     string   `json:"unit"`
	Baseline *float64 `json:"baseline"`
	Ratio    *float64 `json:"ratio"`
}

// bench is one execution of the command.
type bench struct {
	dir     string
	cluster *pgtest.Cluster
	scale   float64
	results []figure
	filled  []string // the databases of the measurement under way
}

// measurements are the figures in the order in which they are taken.
var measurements = []struct {
	name string
	run  func(*bench, context.Context) error
}{
	{"file_to_silver_postgres", (*bench).fileToSilverPostgres},
	{"file_to_silver_duckdb", (*bench).fileToSilverDuckDB},
	{"rss_growth", (*bench).rssGrowth},
	{"gold_rss_growth", (*bench).goldMemory},
	{"dimension_10k_of_1m", (*bench).dimensionGrowth},
	{"scd2_changes", (*bench).scd2},
	{"scd2_snapshot_1m", (*bench).snapshot},
	{"rebuild_1m", (*bench).rebuild},
	{"fact_asof_2m", (*bench).factAsOf},
	{"fact_asof_many_versions", (*bench).factManyVersions},
	{"rekey_4k_splits", (*bench).rekey},
	{"aggregate_incremental", (*bench).aggregateIncremental},
	{"aggregate_incremental_members", (*bench).aggregateMembers},
	{"fact_asof_load", (*bench).factAsOfLoad},
	{"noop_run", (*bench).noopRun},
	{"store_100k", (*bench).storeFigures},
	{"model_plan_cached", (*bench).modelFigures},
	{"rest_to_silver_postgres", (*bench).restToSilver},
}

func main() {
	out := flag.String("out", "bench-results.jsonl", "file for the results")
	only := flag.String("only", "*", "pattern of the figures to take")
	scale := flag.Float64("scale", 1, "share of the declared sizes, for a quick look; results are only kept at 1")
	child := flag.String("child", "", "used by rss_growth and gold_rss_growth: the run to measure")
	flag.Parse()
	if *child != "" {
		exitOn(runChild(*child))
		return
	}
	exitOn(measure(*out, *only, *scale))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(out, only string, scale float64) (err error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "lode-bench-")
	if err != nil {
		return fmt.Errorf("make a working folder: %w", err)
	}
	defer os.RemoveAll(dir)
	cluster, err := pgtest.StartSized(ctx, "4GB")
	if err != nil {
		return err
	}
	defer func() {
		if e := cluster.Stop(); e != nil && err == nil {
			err = e
		}
	}()
	b := &bench{dir: dir, cluster: cluster, scale: scale}
	for _, m := range measurements {
		if hit, err := path.Match(only, m.name); err != nil || !hit {
			continue
		}
		if err := m.run(b, ctx); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", m.name, err), b.write(out, false)) // what was measured before stays
		}
		if err := b.empty(ctx); err != nil {
			return errors.Join(err, b.write(out, false))
		}
		debug.FreeOSMemory()
	}
	if scale != 1 {
		return nil
	}
	return b.write(out, only == "*")
}

// add takes a figure down and shows it.
func (b *bench) add(f figure) {
	b.results = append(b.results, f)
	line := fmt.Sprintf("%-32s %14.3f %s", f.Name, f.Value, f.Unit)
	if f.Baseline != nil {
		line += fmt.Sprintf("   baseline %.3f   ratio %.3f", *f.Baseline, *f.Ratio)
	}
	fmt.Println(line)
}

// versus takes a figure down beside its baseline.
func (b *bench) versus(name string, value, baseline float64, unit string) {
	ratio := value / baseline
	b.add(figure{Name: name, Value: value, Unit: unit, Baseline: &baseline, Ratio: &ratio})
}

// write writes the results; those of a partial run replace their older lines.
func (b *bench) write(out string, all bool) error {
	results := b.results
	if !all {
		old, err := readResults(out)
		if err != nil {
			return err
		}
		results = merge(old, results)
	}
	f, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	for _, r := range results {
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("write results: %w", err)
		}
	}
	return f.Close()
}

func readResults(name string) ([]figure, error) {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read older results: %w", err)
	}
	defer f.Close()
	var out []figure
	for dec := json.NewDecoder(f); dec.More(); {
		var x figure
		if err := dec.Decode(&x); err != nil {
			return nil, fmt.Errorf("read older results: %w", err)
		}
		out = append(out, x)
	}
	return out, nil
}

func merge(old, fresh []figure) []figure {
next:
	for _, f := range fresh {
		for i := range old {
			if old[i].Name == f.Name {
				old[i] = f
				continue next
			}
		}
		old = append(old, f)
	}
	return old
}

func (b *bench) size(n int) int { return max(int(float64(n)*b.scale), 100) }

func seconds(since time.Time) float64 { return time.Since(since).Seconds() }

// database is the address of a new, empty PostgreSQL database.
func (b *bench) database(ctx context.Context) (string, error) {
	name, err := b.cluster.CreateDatabase(ctx)
	if err != nil {
		return "", err
	}
	b.filled = append(b.filled, name)
	return b.cluster.URL(name), nil
}

// empty removes the databases of a measurement: those of all together do not fit on every
// disk.
func (b *bench) empty(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(b.dir, "*.duckdb*"))
	for _, f := range files {
		err = errors.Join(err, os.Remove(f))
	}
	for _, name := range b.filled {
		err = errors.Join(err, b.cluster.DropDatabase(ctx, name))
	}
	b.filled = nil
	if err != nil {
		return fmt.Errorf("remove the databases of a measurement: %w", err)
	}
	return nil
}
