package faults

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lodehq/lode/examples/shop/server"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
)

// fewest kills that must have hit a run at work, over both warehouses.
const fewest = 40

// TestKilled kills the program with SIGKILL at random moments until what it was told to
// do is done: the first day, the second, and a rebuild. After each the tables equal those
// of runs that nobody disturbed. It does not run beside the other tests: the moments are
// drawn over the length of an undisturbed run, which they would stretch.
func TestKilled(t *testing.T) {
	wanted := number(t, "LODE_KILLS", fewest)
	var hits atomic.Int64
	t.Run("all", func(t *testing.T) {
		for i, name := range []string{"duckdb", "postgres"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				hits.Add(int64(killAll(t, name, uint64(i)+1, (wanted+1)/2)))
			})
		}
	})
	t.Logf("%d kills hit a run at work", hits.Load())
	if hits.Load() < int64(wanted) {
		t.Errorf("%d kills hit a run at work, fewer than the %d asked for", hits.Load(), wanted)
	}
}

// killAll runs the shop again and again, each time into a new warehouse, until so many
// kills have hit.
func killAll(t *testing.T, kind string, seed uint64, wanted int) (hits int) {
	t.Helper()
	since := time.Now()
	quiet := newShop(t, kind, false)
	want := map[string]tables{}
	lengths := map[string]time.Duration{}
	for _, step := range script {
		began := time.Now()
		quiet.begin(step)
		if e := quiet.lode(step.args...); e.code != 0 {
			t.Fatalf("undisturbed %s: code %d: %s", step.name, e.code, last(e.stderr))
		}
		lengths[step.name] = time.Since(began)
		want[step.name] = look(t, quiet.address, since)
	}
	same(t, "an undisturbed rebuild", want["rebuild"], want["day 2"])
	draw := rand.New(rand.NewPCG(seed, 0))
	for round := 0; hits < wanted && !t.Failed(); round++ {
		hurt := newShop(t, kind, round%2 == 1)
		seen := hurt.watched(kind)
		for _, step := range script {
			hurt.begin(step)
			hurt.killed(draw, lengths[step.name], step.args)
			same(t, "after kills, "+step.name, look(t, hurt.address, since), want[step.name])
		}
		seen()
		hits += hurt.hits()
		if round > 20*wanted {
			t.Fatalf("only %d kills hit in %d rounds", hits, round)
		}
	}
	return hits
}

// step is a call of the program that is made until it succeeds.
type step struct {
	name string
	day  int
	args []string
}

var script = []step{
	{"day 1", 1, []string{"run", "-q"}},
	{"day 2", 2, []string{"run", "-q"}},
	{"rebuild", 2, []string{"rebuild", "-q"}},
}

// shop is the shop's project with a server and a warehouse of its own.
type shop struct {
	program
	server  *server.Server
	address string
}

func newShop(t *testing.T, kind string, faults bool) *shop {
	t.Helper()
	s, err := server.New(server.Config{Customers: 400, Orders: 1500, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return shopAt(t, s, web.URL, kind)
}

// shopAt is the shop's project for a server that answers at base.
func shopAt(t *testing.T, s *server.Server, base, kind string) *shop {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"sources", "silver", "gold"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join("..", "..", "examples", "shop", folder))); err != nil {
			t.Fatal(err)
		}
	}
	copyFile(t, filepath.Join("..", "..", "examples", "shop", "lode.yaml"), filepath.Join(dir, "lode.yaml"))
	everyStep(t, filepath.Join(dir, "gold"))
	address := "duckdb:" + filepath.Join(dir, "shop.duckdb")
	if kind == "postgres" {
		address = pgtest.URL(t)
	}
	env := append(s.Env(base), "LODE_WAREHOUSE="+address)
	return &shop{program: program{t: t, dir: dir, env: env}, server: s, address: address}
}

// everyStep adds to the shop what it has no use for, so that a kill can hit a step of each
// kind of gold: an audit dimension, profiles of customers (types 4 and 5), a bridge from
// orders to their products, a snapshot, and a fact that is corrected by reversal.
func everyStep(t *testing.T, gold string) {
	t.Helper()
	files := map[string]string{
		"dim_audits.yaml":            "dimension: dim_audits\naudit: yes\n",
		"bridge_order_products.yaml": "bridge: bridge_order_products\nfrom: order_lines\ngroup: [order_id]\nmember: {dimension: dim_products, key: [product_system, product_id]}\nweight: quantity_count\n",
		"fact_credits.yaml": `fact: fact_credits
grain: one row per customer and quarter
from: customers
snapshot: {every: quarter}
dimensions:
  customer: {dimension: dim_customers, key: [source_system, source_id]}
  profile:  {dimension: dim_profiles, of: customer}
  period:   {dimension: dim_dates, key: period_end}
measures: {credit_amount: {sum: [customer]}}
`,
		"fact_bookings.yaml": `fact: fact_bookings
grain: one row per order and correction
from: orders
event_at: ordered_at
corrections: reversal
dimensions:
  customer: {dimension: dim_customers, key: [customer_system, customer_id]}
  basket:   {dimension: dim_order_product_groups, key: [source_id]}
degenerate: [status]
measures: {total_amount: {sum: yes}}
`,
	}
	for name, change := range map[string][2]string{
		"fact_orders.yaml":   {"dimensions:\n", "dimensions:\n  audit: {dimension: dim_audits}\n  profile: {dimension: dim_profiles, of: customer}\n"},
		"dim_customers.yaml": {"  country_code: 2\n  is_active: 2\n", "  country_code: {scd: 5, mini: dim_profiles}\n  is_active: {scd: 4, mini: dim_profiles}\n"},
	} {
		text, err := os.ReadFile(filepath.Join(gold, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), change[0]) {
			t.Fatalf("%s has no %q", name, change[0])
		}
		files[name] = strings.Replace(string(text), change[0], change[1], 1)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(gold, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shop) begin(step step) {
	s.t.Helper()
	if err := s.server.SetDay(step.day); err != nil {
		s.t.Fatal(err)
	}
}

// hits counts the kills that hit between the begin of a run and its end: the run after it
// finds such a run going, and calls it abandoned.
func (s *shop) hits() (n int) {
	w := open(s.t, s.address)
	lodetest.Equal(s.t, w, "SELECT run_id FROM lode.runs WHERE status NOT IN ('done', 'abandoned')")
	lines := lodetest.Rows(s.t, w, "SELECT count(*) FROM lode.runs WHERE status = 'abandoned'")
	if _, err := fmt.Sscan(lines[0], &n); err != nil {
		s.t.Error(err)
	}
	if err := w.Close(); err != nil {
		s.t.Error(err)
	}
	return n
}

// killed calls the program, and kills it after a part of the time that it takes when
// nobody disturbs it, until it ends by itself. Each try gets a little more time: a step
// that is one transaction has to begin again, and the machine may be busier than before.
func (s *shop) killed(draw *rand.Rand, length time.Duration, args []string) {
	s.t.Helper()
	const most = 200
	for range most {
		delay := time.Duration(draw.Int64N(int64(length)))
		length += length / 10
		switch e := s.killedAfter(delay, args); e.code {
		case 0:
			return
		case -1, locked: // the database may not have noticed yet that the program before is dead
		default:
			s.t.Fatalf("lode %q after kills: code %d: %s", args, e.code, last(e.stderr))
		}
	}
	s.t.Fatalf("lode %q did not end in spite of %d tries", args, most)
}

// locked is the exit code while another run is going.
const locked = 4

func (s *shop) killedAfter(delay time.Duration, args []string) ended {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := s.command(s.t.Context(), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	kill := time.AfterFunc(delay, func() { _ = cmd.Process.Kill() }) // it may have ended already
	_ = cmd.Wait()                                                   // the code says how it ended
	kill.Stop()
	return ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}
