package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/source"
)

// memory is a connector over a list, with one defect.
type memory struct {
	defect string
	rows   *[]int
}

func (m memory) Close() error { return nil }

func (m memory) Read(ctx context.Context, req source.Request) iter.Seq2[*source.Batch, error] {
	return func(yield func(*source.Batch, error) bool) {
		from, err := m.begin(ctx, req)
		if err != nil {
			yield(nil, err)
			return
		}
		for i, n := range *m.rows {
			if i < from {
				continue
			}
			b := m.batch(i, n, req.Mode)
			if !yield(b, nil) && m.defect != "ignores the stop" {
				return
			}
		}
	}
}

func (m memory) begin(ctx context.Context, req source.Request) (from int, err error) {
	failed := func(kind source.Kind, err error) error {
		if m.defect == "plain errors" {
			return err
		}
		return &source.Error{Kind: kind, Op: "read " + m.secret(), Err: err}
	}
	switch {
	case ctx.Err() != nil && m.defect != "ignores cancel":
		return 0, failed(source.Later, ctx.Err())
	case req.Stream != "x" || req.Mode != source.Full && req.Mode != source.Incremental:
		return 0, failed(source.Misuse, errors.New("there is no such thing"))
	case req.Mode == source.Incremental && len(req.State) > 0:
		if _, err := fmt.Sscanf(string(req.State), `{"done":%d}`, &from); err != nil {
			return 0, failed(source.Failed, err)
		}
	}
	return from, nil
}

func (m memory) secret() string {
	if m.defect == "shows a secret" {
		return "hush-hush"
	}
	return ""
}

func (m memory) batch(i, n int, mode source.Mode) *source.Batch {
	payload := fmt.Sprintf(`{"id":%d}`, n)
	b := &source.Batch{Origin: "row " + m.secret(), Records: []source.Record{{Payload: []byte(payload), Key: fmt.Sprintf(`["%d"]`, n)}}}
	if mode == source.Incremental || m.defect != "no partial" {
		b.State = source.State(fmt.Sprintf(`{"done":%d}`, i+1))
	}
	switch m.defect {
	case "state ahead of the data":
		b.State = source.State(fmt.Sprintf(`{"done":%d}`, i+2))
	case "state is no object":
		b.State = source.State("17")
	case "wrong key":
		b.Records[0].Key = payload
	case "broken payload":
		b.Records[0].Payload = []byte("{")
	case "no origin":
		b.Origin = ""
	case "reads all again":
		b.State = source.State(`{"done":0}`)
	}
	return b
}

func harness(defect string) Harness {
	rows := []int{1, 2, 3, 4}
	return Harness{
		Stream:  source.Stream{Name: "x", Key: []string{"id"}, Incremental: true},
		Keys:    []string{`["1"]`, `["2"]`, `["3"]`, `["4"]`},
		Secrets: []string{"hush-hush"},
		Open:    func(*testing.T, func(source.Event)) source.Source { return memory{defect, &rows} },
		Change: func(*testing.T) []string {
			rows = append(rows, 5)
			return []string{`["5"]`}
		},
	}
}

func TestSuitePassesASoundConnector(t *testing.T) {
	t.Parallel()
	Run(t, harness(""))
}

// defectVariable tells the test binary, started by itself, which defect to run with.
const defectVariable = "LODE_SOURCETEST_DEFECT"

// TestDefective is the body of that process; on its own it has nothing to do.
func TestDefective(t *testing.T) {
	t.Parallel()
	if defect := os.Getenv(defectVariable); defect != "" {
		Run(t, harness(defect))
	}
}

// The suite must fail for each defect: it runs in a process of its own, which ends badly.
func TestSuiteFindsDefects(t *testing.T) {
	t.Parallel()
	for defect, want := range map[string]string{
		"plain errors": "is no *source.Error", "shows a secret": "a secret shows", "ignores cancel": "canceled before it began",
		"state ahead of the data": "keys of the pass", "state is no object": "no JSON object", "wrong key": "want [\"1\"]",
		"broken payload": "payload is no JSON", "no origin": "does not tell its origin", "reads all again": "read all 5 records again",
		"ignores the stop": "continued iteration",
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDefective$", "-test.v")
		cmd.Env = append(slices.Clone(os.Environ()), defectVariable+"="+defect)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v; want %q in\n%s", defect, err, want, out)
		}
	}
}
