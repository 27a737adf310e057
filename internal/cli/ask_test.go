package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/schema"
)

func TestAPersonAnswers(t *testing.T) {
	t.Parallel()
	q := evolve.Question{Tables: []schema.Name{{Schema: "silver", Table: "orders"}, {Schema: "silver", Table: "orders_log"}}, Old: "amount", New: "agreed_amount"}
	const asked = "silver.orders, silver.orders_log: is agreed_amount the new name of amount? its values are kept (y/N) "
	for typed, want := range map[string]struct {
		yes bool
		out string
	}{
		"y\n": {true, asked}, " YES \n": {true, asked}, "n\n": {false, asked}, "\n": {false, asked},
		"what?\ny\n": {true, asked + "write y or n\n" + asked},
	} {
		var out bytes.Buffer
		yes, err := person{bufio.NewReader(strings.NewReader(typed)), &out}.Renamed(t.Context(), q)
		if yes != want.yes || err != nil || out.String() != want.out {
			t.Errorf("%q: %v, %v\n%s", typed, yes, err, out.String())
		}
	}
	if _, err := (person{bufio.NewReader(strings.NewReader("y")), io.Discard}).Renamed(t.Context(), q); err == nil {
		t.Error("an answer that was not finished was taken")
	}
}

func TestASignalEndsAQuestion(t *testing.T) {
	t.Parallel()
	in, held := io.Pipe()
	defer held.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := (person{bufio.NewReader(in), io.Discard}).Renamed(ctx, evolve.Question{}); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestNobodyIsAskedWhereThereIsNoTerminal(t *testing.T) {
	t.Parallel()
	for _, p := range []*program{{}, {inIsTerminal: true}, {errIsTerminal: true}, {inIsTerminal: true, errIsTerminal: true, output: "json"}} {
		if p.asker() != nil {
			t.Errorf("somebody would be asked: in %v, err %v, %s", p.inIsTerminal, p.errIsTerminal, p.output)
		}
	}
	if (&program{inIsTerminal: true, errIsTerminal: true}).asker() == nil {
		t.Error("nobody would be asked at a terminal")
	}
}
