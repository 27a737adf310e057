// Package flights_test runs the flights project on a small drawn excerpt with the shape of
// the real files, so that no network is needed.
package flights_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/standard"
)

// flight is a row of flights-3m.parquet.
type flight struct {
	Date        int64  `parquet:"date,optional"`  // microseconds of the wall clock
	Delay       *int64 `parquet:"delay,optional"` // the writer takes a bare 0 for NULL
	Distance    *int64 `parquet:"distance,optional"`
	Origin      string `parquet:"origin,optional"`
	Destination string `parquet:"destination,optional"`
}

// airports have the quirks of airports.csv: a quoted comma, and NA for an unknown city.
const airports = `iata,name,city,state,country,latitude,longitude
SEA,Seattle-Tacoma Intl,Seattle,WA,USA,47.44898194,-122.3093131
JFK,"John F Kennedy Intl, New York",New York,NY,USA,40.63975111,-73.77892556
CLD,MC Clellan-Palomar,NA,NA,USA,33.127231,-117.278727
`

func TestFlights(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"duckdb", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			flights := excerpt()
			lay(t, dir, flights)
			address := "duckdb:" + filepath.Join(dir, "flights.duckdb")
			if name == "postgres" {
				address = pgtest.URL(t)
			}
			l := open(t, dir, address)
			fly(t, l)
			compare(t, l, flights)
			report := fly(t, l)
			compare(t, l, flights)
			for _, s := range report.Steps {
				if len(s.Outcome.Counts) > 0 {
					t.Errorf("a second run finds work in %s: %v", s.Name, s.Outcome.Counts)
				}
			}
		})
	}
}

// excerpt draws 1,000 flights in the first half of 2001. Some equal another in every column.
func excerpt() []flight {
	draw := rand.New(rand.NewPCG(1, 2001))
	codes := []string{"SEA", "JFK", "CLD", "XNA"} // the last is in no list of airports
	begin := time.Date(2001, 1, 1, 0, 1, 0, 0, time.UTC)
	out := make([]flight, 0, 1000)
	for len(out) < cap(out)-10 {
		out = append(out, flight{
			Date:  begin.Add(time.Duration(draw.IntN(180*24*60)) * time.Minute).UnixMicro(),
			Delay: new(int64(draw.IntN(200) - 50)), Distance: new(int64(draw.IntN(3000))),
			Origin: codes[draw.IntN(4)], Destination: codes[draw.IntN(4)],
		})
	}
	return append(out, out[:10]...)
}

// lay puts the project and its data into a folder.
func lay(t *testing.T, dir string, flights []flight) {
	t.Helper()
	for _, folder := range []string{"sources", "silver", "gold"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
	}
	settings, err := os.ReadFile("lode.yaml")
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	err = errors.Join(os.WriteFile(filepath.Join(dir, "lode.yaml"), settings, 0o600), os.Mkdir(data, 0o700),
		os.WriteFile(filepath.Join(data, "airports.csv"), []byte(airports), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(data, "flights-3m.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	local := parquet.TimestampAdjusted(parquet.Microsecond, false)
	schema := parquet.NewSchema("root", parquet.Group{
		"date": parquet.Optional(local), "delay": parquet.Optional(parquet.Int(64)), "distance": parquet.Optional(parquet.Int(64)),
		"origin": parquet.Optional(parquet.String()), "destination": parquet.Optional(parquet.String()),
	})
	w := parquet.NewGenericWriter[flight](file, schema)
	_, err = w.Write(flights)
	if err := errors.Join(err, w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir, address string) *lode.Lode {
	t.Helper()
	p, err := project.Load(dir, standard.Connectors(), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	l, err := lode.Open(t.Context(), lode.Project{Project: p.Schema, Warehouse: address, Dir: p.Dir, Drivers: standard.Warehouses()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

func fly(t *testing.T, l *lode.Lode) run.Report {
	t.Helper()
	report, err := l.Run(t.Context(), lode.Options{}, nil)
	if err := errors.Join(err, report.Err()); err != nil {
		t.Fatal(err)
	}
	return report
}

// compare holds the star against the flights themselves.
func compare(t *testing.T, l *lode.Lode, flights []flight) {
	t.Helper()
	want := make([]string, len(flights))
	for i, f := range flights {
		at := time.UnixMicro(f.Date).UTC()
		want[i] = fmt.Sprintf("%s | %s | %s | %s | %d | %d | %t", at.Format(time.RFC3339), at.Format(time.DateOnly), f.Origin, f.Destination, *f.Delay, *f.Distance, *f.Delay >= 15)
	}
	got := lodetest.Rows(t, l, `SELECT f.departed_at, d.date, o.iata_code, a.iata_code, f.delay_minute_count, f.distance_mile_count, f.is_late
		FROM gold.fact_flights f JOIN gold.dim_dates d ON d.date_key = f.departed_on_key
		JOIN gold.dim_airports o ON o.airport_key = f.origin_key JOIN gold.dim_airports a ON a.airport_key = f.destination_key`)
	slices.Sort(got)
	slices.Sort(want)
	if len(got) != len(want) {
		t.Fatalf("%d flights in the star, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("flights differ, first\n%s\nwant\n%s", got[i], want[i])
		}
	}
	lodetest.Equal(t, l, "SELECT iata_code, name, city, state, is_inferred FROM gold.dim_airports WHERE iata_code IS NOT NULL ORDER BY 1",
		"CLD | MC Clellan-Palomar | NULL | NULL | false", "JFK | John F Kennedy Intl, New York | New York | NY | false",
		"SEA | Seattle-Tacoma Intl | Seattle | WA | false", "XNA | NULL | NULL | NULL | true")
	lodetest.Equal(t, l, "SELECT count(*) FROM lode.quarantine", "0")
}
