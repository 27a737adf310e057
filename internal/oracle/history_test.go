package oracle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/internal/oracle"
)

// act is one thing that happens to the drawn world, in the order of the history.
type act struct {
	kind   string // one of the kinds below
	key    string
	at     int // minute; -1: NULL, -2: not readable
	lsn    int // -1: none
	sent   map[string]value
	item   string // of a sale; "": NULL, "?": not readable
	amount int    // of a sale, in cents; -1: NULL
	paid   int    // minute of a sale's payment; -1: NULL, -2: not readable
	commit int    // the commit that fails in the next run
}

// The kinds of acts. After each but the first five the star is looked at.
const (
	item     = "item"
	itemGone = "item gone"
	sale     = "sale"
	saleGone = "sale gone"
	aDay     = "a day" // the clock moves on by a day
	run      = "run"
	full     = "full" // the source says everything again
	rebuild  = "rebuild"
	crash    = "crash" // a run that loses its connection at a commit
)

// What stands for the key of an item and for a time that a sale gives in no readable form.
const (
	unreadable = "?"
	never      = -2
)

// String is what a reader needs to play a history again.
func (x act) String() string {
	switch x.kind {
	case item, itemGone, sale, saleGone:
		return x.kind + " " + x.payload()
	case crash:
		return fmt.Sprintf("crash at commit %d", x.commit)
	}
	return x.kind
}

func (x act) payload() string {
	members := []string{fmt.Sprintf(`"id":%q,"at":%s`, x.key, instant(x.at))}
	switch x.kind {
	case item, itemGone:
		if x.lsn >= 0 {
			members = append(members, fmt.Sprintf(`"lsn":%d`, x.lsn))
		}
		for _, name := range slices.Sorted(maps.Keys(x.sent)) {
			members = append(members, fmt.Sprintf("%q:%s", name, x.sent[name].spelled))
		}
	default:
		of, amount := "null", "null"
		switch x.item {
		case "":
		case unreadable:
			of = `["1"]`
		default:
			of = fmt.Sprintf("%q", x.item)
		}
		if x.amount >= 0 {
			amount = fmt.Sprintf("%q", cents(x.amount))
		}
		members = append(members, `"item":`+of+`,"amount":`+amount+`,"paid":`+instant(x.paid))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (x act) event() oracle.Event {
	e := oracle.Event{Key: x.key, Delete: x.kind == itemGone, At: minutes(x.at).UnixMicro(), Sent: oracle.Row{}, Content: x.payload()}
	for name, v := range x.sent {
		e.Sent[name] = v.meaning
	}
	on := minutes(x.at).Format("20060102")
	e.Sent["said_on"] = &on
	if x.lsn >= 0 {
		n := int64(x.lsn)
		e.Order = &n
	}
	return e
}

// lastCommit is no less than the commits that a run makes of the largest drawn project.
const lastCommit = 20

// histories draws what may happen to a project: few keys and few instants, so that ties,
// repeats and late events are common. In a project whose dimensions may go on from their current
// versions, most events come in order, and runs between them. It ends with a run.
func histories(p project) *rapid.Generator[[]act] {
	kinds := slices.Concat(slices.Repeat([]string{item}, 9), slices.Repeat([]string{itemGone}, 3), slices.Repeat([]string{sale}, 4),
		[]string{saleGone, run, run, run, full, rebuild, crash})
	if slices.ContainsFunc(p.dims, func(d dimension) bool { return d.inForce }) {
		kinds = append(kinds, aDay)
	}
	if p.inOrder() {
		kinds = append(kinds, run, run, run, run)
	}
	return rapid.Custom(func(t *rapid.T) []act {
		past := watched(rapid.Bool().Draw(t, "watched"))
		slots := rapid.SampledFrom([][]int{{0, 10, 20, 30, 40, 50, 60}, {0, 10, 720, 1440, 1450, 2880, 2890}, {0, 10, 20, 30, 218160, 219600}}).Draw(t, "slots")
		now := 0
		for range rapid.SampledFrom([]int{5, 10, 20, 30}).Draw(t, "length") {
			x := act{kind: rapid.SampledFrom(kinds).Draw(t, "kind"), lsn: -1}
			switch x.kind {
			case item, itemGone:
				drawItem(t, p, slots, &x)
				if p.inOrder() && rapid.IntRange(0, 4).Draw(t, "late") > 0 {
					now += rapid.SampledFrom([]int{0, 1, 10}).Draw(t, "after")
					x.at = now
				}
			case sale, saleGone:
				drawSale(t, slots, &x)
			case crash:
				x.commit = rapid.IntRange(1, lastCommit).Draw(t, "commit")
			}
			if len(past) > 0 && rapid.IntRange(0, 5).Draw(t, "again") == 0 {
				x = past[rapid.IntRange(0, len(past)-1).Draw(t, "which")]
			}
			past = append(past, x)
		}
		return append(past, act{kind: run})
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
		sales = append(sales, act{kind: sale, key: fmt.Sprintf("w%d", slot), lsn: -1, item: "1", at: 10*slot + 5, amount: 1 << slot, paid: -1})
	}
	return sales
}

func drawItem(t *rapid.T, p project, slots []int, x *act) {
	x.key = rapid.SampledFrom([]string{"1", "1", "2"}).Draw(t, "item")
	x.at = rapid.SampledFrom(slots).Draw(t, "at")
	x.lsn = rapid.SampledFrom([]int{-1, -1, 0, 1}).Draw(t, "lsn")
	if x.kind == itemGone {
		return
	}
	x.sent = map[string]value{}
	partly := rapid.IntRange(0, 2).Draw(t, "partly") == 0
	for _, name := range slices.Sorted(maps.Keys(p.types)) {
		if !partly || rapid.Bool().Draw(t, "send "+name) {
			x.sent[name] = drawValue(t, p.types[name])
		}
	}
}

func drawSale(t *rapid.T, slots []int, x *act) {
	x.key = rapid.SampledFrom([]string{"s1", "s2", "s3", "s4", "s5"}).Draw(t, "sale")
	x.item = rapid.SampledFrom([]string{"", "1", "1", "1", "1", "2", "2", "3", unreadable}).Draw(t, "of")
	x.at = rapid.SampledFrom(append([]int{-1, never, 5, 15, 25, 55, 2000}, slots...)).Draw(t, "at")
	x.amount = rapid.IntRange(-1, 500).Draw(t, "amount")
	x.paid = rapid.SampledFrom([]int{-1, -1, never, 5, 20, 1445}).Draw(t, "paid")
}
