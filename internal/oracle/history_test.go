package oracle_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/internal/oracle"
)

// act is one thing that happens to the drawn world, in the order of the history.
type act struct {
	kind   string // item, item gone, sale, sale gone, run, rebuild
	key    string
	at     int    // minute; -1: NULL
	lsn    int    // -1: none
	a, b   string // "": NULL
	c      string
	item   string
	amount int // cents; -1: NULL
}

// String is what a reader needs to play a history again.
func (x act) String() string {
	switch x.kind {
	case "item", "item gone":
		return fmt.Sprintf("%s %s", x.kind, x.payload())
	case "sale", "sale gone":
		return fmt.Sprintf("%s %s", x.kind, x.payload())
	}
	return x.kind
}

func (x act) payload() string {
	members := []string{`"id":` + quoted(x.key)}
	if strings.HasPrefix(x.kind, "item") {
		members = append(members, `"at":`+instant(x.at), `"a":`+quoted(x.a), `"b":`+quoted(x.b), `"c":`+quoted(x.c))
		if x.lsn >= 0 {
			members = append(members, fmt.Sprintf(`"lsn":%d`, x.lsn))
		}
	} else {
		amount := "null"
		if x.amount >= 0 {
			amount = quoted(cents(x.amount))
		}
		members = append(members, `"item":`+quoted(x.item), `"at":`+instant(x.at), `"amount":`+amount)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func quoted(s string) string {
	if s == "" {
		return "null"
	}
	return fmt.Sprintf("%q", s)
}

func cents(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

var start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func minutes(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

func instant(n int) string {
	if n < 0 {
		return "null"
	}
	return quoted(minutes(n).Format(time.RFC3339))
}

// histories draws what may happen: few keys and few instants, so that ties, repeats and
// late events are common.
func histories() *rapid.Generator[[]act] {
	kinds := slices.Concat(slices.Repeat([]string{"item"}, 8), slices.Repeat([]string{"item gone"}, 4), slices.Repeat([]string{"sale"}, 4),
		[]string{"sale gone", "run", "run", "run", "rebuild"})
	return rapid.Custom(func(t *rapid.T) []act {
		past := watched(rapid.Bool().Draw(t, "watched"))
		for range rapid.SampledFrom([]int{5, 10, 20, 40, 60}).Draw(t, "length") {
			x := act{kind: rapid.SampledFrom(kinds).Draw(t, "kind"), lsn: -1}
			switch {
			case strings.HasPrefix(x.kind, "item"):
				drawItem(t, &x)
			case strings.HasPrefix(x.kind, "sale"):
				drawSale(t, &x)
			}
			if len(past) > 0 && rapid.IntRange(0, 5).Draw(t, "again") == 0 {
				x = past[rapid.IntRange(0, len(past)-1).Draw(t, "which")]
			}
			past = append(past, x)
		}
		return append(past, act{kind: "run"})
	})
}

// watched are sales of one item at all times, so that whatever happens to its versions
// shows in some fact.
func watched(yes bool) []act {
	if !yes {
		return nil
	}
	var sales []act
	for slot := range 7 {
		sales = append(sales, act{kind: "sale", key: fmt.Sprintf("w%d", slot), lsn: -1, item: "1", at: 10*slot + 5, amount: 1 << slot})
	}
	return sales
}

func drawItem(t *rapid.T, x *act) {
	value := rapid.SampledFrom([]string{"", "A", "B", "C"})
	x.key = rapid.SampledFrom([]string{"1", "1", "2"}).Draw(t, "item")
	x.at = rapid.SampledFrom([]int{0, 10, 20, 30, 40, 50, 60}).Draw(t, "at")
	x.lsn = rapid.SampledFrom([]int{-1, -1, 0, 1}).Draw(t, "lsn")
	x.a, x.b, x.c = value.Draw(t, "a"), value.Draw(t, "b"), value.Draw(t, "c")
}

func drawSale(t *rapid.T, x *act) {
	x.key = rapid.SampledFrom([]string{"s1", "s2", "s3", "s4", "s5"}).Draw(t, "sale")
	x.item = rapid.SampledFrom([]string{"", "1", "1", "1", "2", "3"}).Draw(t, "of")
	x.at = rapid.SampledFrom([]int{-1, 0, 5, 15, 20, 25, 35, 45, 55, 2000}).Draw(t, "at")
	x.amount = rapid.IntRange(-1, 500).Draw(t, "amount")
}

// truth is what the star must hold after a history.
type truth struct {
	chains    map[string][]oracle.Version
	sales     map[string]act
	mentioned map[string]bool // items that some sale ever spoke of
}

func truthOf(history []act) truth {
	var items []oracle.Event
	var sales []oracle.State[act]
	mentioned := map[string]bool{}
	run := 0
	for _, x := range history {
		switch x.kind {
		case "item", "item gone":
			items = append(items, event(x))
		case "sale", "sale gone":
			sales = append(sales, oracle.State[act]{Key: x.key, Run: run, Delete: x.kind == "sale gone", Identity: x.payload(), Value: x})
			mentioned[x.item] = true
		default:
			run++
		}
	}
	return truth{oracle.Chains(items), oracle.Current(sales), mentioned}
}

func event(x act) oracle.Event {
	e := oracle.Event{
		Key: x.key, Delete: x.kind == "item gone", At: minutes(x.at).UnixMicro(),
		Tracked: nullable(x.a), Overwritten: nullable(x.b), Latest: nullable(x.c),
	}
	if x.lsn >= 0 {
		n := int64(x.lsn)
		e.Order = &n
	}
	return e
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
