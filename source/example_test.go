package source_test

import (
	"fmt"
	"time"

	"github.com/lodehq/lode/source"
)

// A primary key is one text, whatever way the source spells it.
func ExampleCanonicalKey() {
	key, err := source.CanonicalKey([]byte(`{"id": 17, "shop": {"code": "\u0041"}}`), []string{"shop.code", "id"})
	fmt.Println(key, err)
	_, err = source.CanonicalKey([]byte(`{"id": null}`), []string{"id"})
	fmt.Println(err)
	// Output:
	// ["A","17"] <nil>
	// record has no primary key: id is null
}

// A row from the future is loaded, but the next pass still asks from the row before it.
func ExampleWatermark() {
	rules := source.CursorRules{
		CursorFormat: source.CursorFormat{Type: source.TimestampCursor},
		Lookback:     10 * time.Minute,
	}
	now := time.Date(2024, 5, 2, 12, 0, 0, 0, time.UTC)
	first := source.NewWatermark(rules, nil, now)
	for _, cursor := range []string{`"2024-05-02T11:00:00Z"`, `"2099-01-01T00:00:00Z"`} {
		_, load, err := first.Observe([]byte(cursor))
		fmt.Println(load, err)
	}
	next := source.NewWatermark(rules, first.Mark(), now.Add(time.Hour))
	fmt.Println("mark", first.Mark().Raw, "next pass from", next.From())
	// Output:
	// true <nil>
	// true <nil>
	// mark 2024-05-02T11:00:00Z next pass from 2024-05-02T10:50:00Z
}
