package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

func (b *bench) fileToSilverPostgres(ctx context.Context) error {
	address, err := b.database(ctx)
	if err != nil {
		return err
	}
	return b.fileToSilver(ctx, "file_to_silver_postgres", address, postgres.Driver{})
}

func (b *bench) fileToSilverDuckDB(ctx context.Context) error {
	return b.fileToSilver(ctx, "file_to_silver_duckdb", "duckdb:"+filepath.Join(b.dir, "people.duckdb"), duckdb.Driver{})
}

// fileToSilver loads 1M records from JSON lines through bronze and silver, and then the
// same rows into tables of the same definition by the bare bulk path.
func (b *bench) fileToSilver(ctx context.Context, name, address string, driver warehouse.Driver) error {
	n, dir := b.size(1_000_000), filepath.Join(b.dir, "people")
	if err := writePeople(dir, n); err != nil {
		return err
	}
	p := people(address, dir)
	start := time.Now()
	if err := run(ctx, p, lode.Options{}); err != nil {
		return err
	}
	took := seconds(start)
	bare, err := b.bareCopy(ctx, p, driver)
	if err != nil {
		return fmt.Errorf("bare copy: %w", err)
	}
	b.versus(name, float64(n)/took, float64(n)/bare, "rows/s")
	return nil
}

// bareCopy writes the rows of bronze and silver once more, into empty tables of the
// same definition, out of memory, and returns the seconds that took.
func (b *bench) bareCopy(ctx context.Context, p lode.Project, driver warehouse.Driver) (float64, error) {
	model, _, err := lode.Resolve(p)
	if err != nil {
		return 0, err
	}
	w, err := driver.Open(ctx, p.Warehouse)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.Close() }() // in memory: there is nothing to lose
	total := 0.0
	for _, t := range []schema.Table{model.BronzeTable(model.Streams[0]), model.Entities[0].Log, model.Entities[0].Current} {
		took, err := b.bareTable(ctx, w, t)
		if err != nil {
			return 0, err
		}
		total += took
	}
	return total, nil
}

func (b *bench) bareTable(ctx context.Context, w warehouse.Warehouse, t schema.Table) (float64, error) {
	d := w.Dialect()
	rows, err := b.memory(ctx, w, t)
	if err != nil {
		return 0, err
	}
	t.Name.Schema = "bare"
	tx, err := w.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for _, sql := range append([]string{d.CreateSchema("bare")}, d.CreateTable(t)...) {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	_, err = tx.Load(ctx, t.Name, func(yield func(*record.Batch, error) bool) {
		for _, batch := range rows {
			if !yield(batch, nil) {
				return
			}
		}
	})
	if err != nil {
		return 0, err
	}
	if err := tx.Commit(ctx); err != nil {
		return 0, err
	}
	return seconds(start), nil
}

// memory holds all the rows of a table as batches of the table's own types.
func (b *bench) memory(ctx context.Context, w warehouse.Warehouse, t schema.Table) ([]*record.Batch, error) {
	var out []*record.Batch
	for batch, err := range w.Query(ctx, "SELECT * FROM "+w.Dialect().Table(t.Name)) {
		if err != nil {
			return nil, err
		}
		keep := record.NewBatch(t.Columns())
		for c := range batch.Vectors {
			v := &keep.Vectors[c]
			for i := range batch.Len() {
				if x := batch.Vectors[c].Value(i); x.IsNull() {
					v.AppendNull()
				} else if v.Type.Kind == record.Float {
					v.AppendFloat(x.Float())
				} else if v.Ints != nil || x.Kind() == record.Int || x.Kind() == record.Bool || x.Kind() == record.Date || x.Kind() == record.Timestamp {
					v.AppendInt(x.Int())
				} else {
					v.AppendText(strings.Clone(x.Text()))
				}
			}
		}
		out = append(out, keep)
	}
	return out, nil
}

// rssGrowth compares the peak memory of a load of 1M records with that of 100k.
func (b *bench) rssGrowth(ctx context.Context) error {
	return b.growth("rss_growth", b.size(100_000), b.size(1_000_000), func(kind string, n int) (float64, error) {
		dir := filepath.Join(b.dir, kind+strconv.Itoa(n))
		if err := writePeople(dir, n); err != nil {
			return 0, err
		}
		address := "duckdb:" + filepath.Join(dir, "people.duckdb")
		if kind == "postgres" {
			var err error
			if address, err = b.database(ctx); err != nil {
				return 0, err
			}
		}
		return peak(ctx, address+" "+dir)
	})
}

// growth compares what a measurement of many gives with that of few, on both warehouses.
func (b *bench) growth(name string, few, many int, measure func(kind string, n int) (float64, error)) error {
	for kind, suffix := range map[string]string{"postgres": "", "duckdb": "_duckdb"} {
		less, err := measure(kind, few)
		if err != nil {
			return err
		}
		more, err := measure(kind, many)
		if err != nil {
			return err
		}
		b.versus(name+suffix, more, less, "MiB")
	}
	return nil
}

// peak is the peak memory, in MiB, of a process of its own that does what runChild is told.
func peak(ctx context.Context, arguments string) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self, "-child", arguments)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	kib, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return 0, fmt.Errorf("read the child's peak memory: %w", err)
	}
	return kib / 1024, nil
}

// runChild is the process that peak measures: it loads the people of a folder, or computes
// gold where no folder is named. It prints its own peak, in KiB: what the system tells a
// parent of its child also counts the parent's memory at the fork.
func runChild(arguments string) error {
	address, dir, load := strings.Cut(arguments, " ")
	p, o := star(address), lode.Options{Select: []string{"gold.*"}}
	if load {
		p, o = people(address, dir), lode.Options{}
	}
	if err := run(context.Background(), p, o); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fmt.Errorf("read the peak memory (it is only known on Linux): %w", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return fmt.Errorf("the system does not tell the peak memory of a process")
	}
	fmt.Println(fields[0])
	return nil
}
