package run_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lodehq/lode/run"
)

var (
	errBroken  = errors.New("broken")
	errPassing = errors.New("passing")
	errLater   = errors.New("later")
)

// does gives each named step what it does; the others succeed.
func does(nodes []run.Node, steps map[string]func(context.Context) error) []run.Node {
	for i, n := range nodes {
		nodes[i].Do = func(ctx context.Context) (run.Outcome, error) {
			if do := steps[n.Name]; do != nil {
				return run.Outcome{}, do(ctx)
			}
			return run.Outcome{}, nil
		}
	}
	return nodes
}

func fails(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

// ended writes how each step went, in the order of the graph's names.
func ended(r run.Report) string {
	out := map[string]string{}
	for _, s := range r.Steps {
		out[s.Name] = s.Name + " " + string(s.Status)
	}
	var lines []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if out[name] != "" {
			lines = append(lines, out[name])
		}
	}
	return strings.Join(lines, ", ")
}

func execute(t *testing.T, l run.Local, nodes []run.Node) run.Report {
	t.Helper()
	report, err := l.Execute(t.Context(), nodes, func(run.StepReport) {})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestWhatHappensToFollowers(t *testing.T) {
	t.Parallel()
	local := run.Local{Workers: 2, Later: func(err error) bool { return errors.Is(err, errLater) }}
	for name, c := range map[string]struct {
		steps map[string]func(context.Context) error
		want  string
	}{
		"all done":            {nil, "a done, b done, c done, d done"},
		"failed":              {map[string]func(context.Context) error{"a": fails(errBroken)}, "a failed, b skipped, c skipped, d done"},
		"later":               {map[string]func(context.Context) error{"a": fails(errLater)}, "a later, b done, c done, d done"},
		"failed in the midst": {map[string]func(context.Context) error{"b": fails(errBroken)}, "a done, b failed, c skipped, d done"},
		"panic":               {map[string]func(context.Context) error{"a": func(context.Context) error { panic("oh") }}, "a failed, b skipped, c skipped, d done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := ended(execute(t, local, does(graph("c<b b<a a d"), c.steps))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestNotesAndErrors(t *testing.T) {
	t.Parallel()
	report := execute(t, run.Local{}, does(graph("a b<a"), map[string]func(context.Context) error{"a": func(context.Context) error { panic("oh") }}))
	if got := report.Steps[0].Err.Error(); got != "step a broke down (a bug in Lode or in a connector): oh" {
		t.Errorf("the panic became %q", got)
	}
	if got := report.Steps[1].Outcome.Note; got != "because a did not succeed" {
		t.Errorf("b was skipped %q", got)
	}
}

func TestOrderOfInputs(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	nodes := graph("e<c,d d<b c<a b<a a")
	for i, n := range nodes {
		nodes[i].Do = func(context.Context) (run.Outcome, error) {
			mu.Lock()
			defer mu.Unlock()
			for _, in := range n.Inputs {
				if !strings.Contains(strings.Join(order, " "), in) {
					t.Errorf("%s runs before %s", n.Name, in)
				}
			}
			order = append(order, n.Name)
			return run.Outcome{}, nil
		}
	}
	if got := ended(execute(t, run.Local{Workers: 3}, nodes)); got != "a done, b done, c done, d done, e done" {
		t.Error(got)
	}
}

// Steps that need not wait for each other run side by side: each waits for the other here.
func TestWorkersRunSideBySide(t *testing.T) {
	t.Parallel()
	a, b := make(chan struct{}), make(chan struct{})
	meet := func(mine, other chan struct{}) func(context.Context) error {
		return func(ctx context.Context) error {
			close(mine)
			select {
			case <-other:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	nodes := does(graph("a b"), map[string]func(context.Context) error{"a": meet(a, b), "b": meet(b, a)})
	if got := ended(execute(t, run.Local{Workers: 2}, nodes)); got != "a done, b done" {
		t.Error(got)
	}
}

func TestNoMoreThanTheWorkers(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	nodes := graph("a b c d e")
	for i := range nodes {
		nodes[i].Do = func(context.Context) (run.Outcome, error) {
			n := now.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			now.Add(-1)
			return run.Outcome{}, nil
		}
	}
	execute(t, run.Local{}, nodes)
	if most.Load() != 1 {
		t.Errorf("%d steps ran side by side with one worker", most.Load())
	}
}

func TestPassingErrorsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		attempts int
		errs     []error // of the tries
		tries    int
		want     string
	}{
		{"at last", 3, []error{errPassing, errPassing, nil}, 3, "a done"},
		{"too often", 2, []error{errPassing, errPassing, nil}, 2, "a failed"},
		{"another error", 3, []error{errBroken, nil}, 1, "a failed"},
		{"another error later", 3, []error{errPassing, errBroken, nil}, 2, "a failed"},
		{"no attempts given", 0, []error{errPassing, nil}, 1, "a failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			nodes := does(graph("a"), map[string]func(context.Context) error{"a": func(context.Context) error { tries++; return c.errs[tries-1] }})
			local := run.Local{Attempts: c.attempts, Retry: func(err error) bool { return errors.Is(err, errPassing) }}
			if got := ended(execute(t, local, nodes)); got != c.want || tries != c.tries {
				t.Errorf("%s after %d tries, want %s after %d", got, tries, c.want, c.tries)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	nodes := does(graph("a b<a c"), map[string]func(context.Context) error{"a": func(ctx context.Context) error {
		cancel(errors.New("enough"))
		<-ctx.Done()
		return errPassing // would be tried again, had the run not been stopped
	}})
	tries := 0
	local := run.Local{Attempts: 9, Retry: func(error) bool { tries++; return true }}
	report, err := local.Execute(ctx, nodes, func(run.StepReport) {})
	if err != nil {
		t.Fatal(err)
	}
	if got := ended(report); got != "a failed, b skipped, c skipped" {
		t.Error(got)
	}
	if report.Status() != run.Failed || !strings.Contains(report.Err().Error(), "the run was stopped: enough") {
		t.Errorf("the run is %s, with %v", report.Status(), report.Err())
	}
	if tries > 1 {
		t.Errorf("a stopped step was tried %d times", tries)
	}
	notes := map[string]string{}
	for _, s := range report.Steps {
		notes[s.Name] = s.Outcome.Note
	}
	if notes["c"] != "because the run was stopped: enough" {
		t.Errorf("c was skipped %q", notes["c"])
	}
}

// A step that ends well although the run was stopped does not make the run a success.
func TestStoppedBetweenSteps(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	nodes := does(graph("a b<a"), map[string]func(context.Context) error{"a": func(context.Context) error { cancel(); return nil }})
	report, err := run.Local{}.Execute(ctx, nodes, func(run.StepReport) {})
	if err != nil {
		t.Fatal(err)
	}
	if got := ended(report); got != "a done, b skipped" || report.Status() != run.Failed || !errors.Is(report.Err(), context.Canceled) {
		t.Errorf("%s: the run is %s, with %v", got, report.Status(), report.Err())
	}
	// A run that was stopped when all had been begun is whole.
	ctx, cancel = context.WithCancel(t.Context())
	nodes = does(graph("a b"), map[string]func(context.Context) error{"b": func(context.Context) error { cancel(); return nil }})
	if report, err = (run.Local{}).Execute(ctx, nodes, func(run.StepReport) {}); err != nil || report.Status() != run.Done || report.Err() != nil {
		t.Errorf("the run is %s, with %v, %v", report.Status(), report.Err(), err)
	}
}

func TestCircleIsAnError(t *testing.T) {
	t.Parallel()
	report, err := run.Local{}.Execute(t.Context(), graph("a<b b<a"), func(run.StepReport) { t.Error("a step was begun") })
	if err == nil || len(report.Steps) != 0 {
		t.Errorf("report %v, error %v", report, err)
	}
}

// Seen hears of the beginning and the end of each step, and of the end alone of those skipped.
func TestSeen(t *testing.T) {
	t.Parallel()
	var heard []string
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	local := run.Local{Now: func() time.Time { return at }}
	nodes := does(graph("a b<a"), map[string]func(context.Context) error{"a": fails(errBroken)})
	report, err := local.Execute(t.Context(), nodes, func(s run.StepReport) {
		heard = append(heard, s.Name+":"+string(s.Status))
		if !s.Started.Equal(at) {
			t.Errorf("%s started at %s", s.Name, s.Started)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(heard, " "); got != "a: a:failed b:skipped" {
		t.Errorf("seen heard %s", got)
	}
	if !report.Started.Equal(at) || !report.Ended.Equal(at) {
		t.Errorf("the run went from %s to %s", report.Started, report.Ended)
	}
}

func ExampleLocal_Execute() {
	step := func(text string, err error) func(context.Context) (run.Outcome, error) {
		return func(context.Context) (run.Outcome, error) { return run.Outcome{Note: text}, err }
	}
	nodes := []run.Node{
		{Name: "gold.fact_sales", Inputs: []string{"silver.sales"}, Do: step("", nil)},
		{Name: "silver.sales", Do: step("", errors.New("the source is gone"))},
		{Name: "silver.items", Do: step("2 rows", nil)},
	}
	report, err := run.Local{}.Execute(context.Background(), nodes, func(run.StepReport) {})
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range report.Steps {
		fmt.Printf("%s %s (%s)\n", s.Name, s.Status, s.Outcome.Note)
	}
	// Output:
	// silver.sales failed ()
	// gold.fact_sales skipped (because silver.sales did not succeed)
	// silver.items done (2 rows)
}

func ExampleSelect() {
	nodes := []run.Node{{Name: "silver.items"}, {Name: "gold.dim_items", Inputs: []string{"silver.items"}}, {Name: "gold.dim_dates"}}
	picked, err := run.Select(nodes, []string{"+dim_items"})
	for _, n := range picked {
		fmt.Println(n.Name)
	}
	fmt.Println(err)
	// Output:
	// silver.items
	// gold.dim_items
	// <nil>
}

// A step that is only to come after another one does so, however that one ends.
func TestAfter(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errBroken} {
		var over atomic.Bool
		nodes := does(graph("b a c<a"), map[string]func(context.Context) error{
			"a": func(context.Context) error { time.Sleep(10 * time.Millisecond); over.Store(true); return err },
			"b": func(context.Context) error {
				if !over.Load() {
					return errors.New("a has not ended")
				}
				return nil
			},
		})
		nodes[0].After = []string{"a", "elsewhere"}
		want := "a done, b done, c done"
		if err != nil {
			want = "a failed, b done, c skipped"
		}
		if got := ended(execute(t, run.Local{Workers: 3}, nodes)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
