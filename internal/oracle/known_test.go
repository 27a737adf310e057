package oracle_test

import "testing"

// Histories that went wrong once, each as short as it could be made.
func TestHistoriesThatWentWrong(t *testing.T) {
	t.Parallel()
	item := func(at int, a string) act { return act{kind: "item", key: "1", at: at, lsn: -1, a: a} }
	gone := func(at int) act { return act{kind: "item gone", key: "1", at: at, lsn: -1} }
	sale := func(at int) act { return act{kind: "sale", key: "s1", item: "1", at: at, amount: 100} }
	run := act{kind: "run"}
	for name, history := range map[string][]act{
		"said again in one batch":            {item(0, "B"), item(0, "C"), item(0, "B"), run},
		"a version in the gap of a fact":     {item(10, "A"), gone(20), item(40, "C"), sale(30), run, item(25, "B"), run},
		"a version where the gap begins":     {item(0, "A"), gone(10), item(50, "B"), sale(15), run, {kind: "item", key: "1", at: 10, lsn: 0, a: "C"}, run},
		"a gap closes behind a fact":         {item(10, "A"), gone(20), item(40, "A"), sale(30), run, item(20, "A"), item(15, "A"), run},
		"a delete before the first":          {gone(0), item(10, "A"), sale(5), run, gone(5), run},
		"a fact before its item":             {sale(5), run, gone(0), run, item(10, "A"), run},
		"a fact moves to an unknown item":    {item(0, "A"), sale(5), run, {kind: "sale", key: "s1", item: "2", at: 5, amount: 1}, run},
		"a late delete makes a gap":          {item(10, "A"), item(40, "C"), sale(30), run, gone(20), run},
		"versions merge":                     {item(10, "A"), item(20, "B"), item(30, "A"), sale(35), run, item(20, "A"), run},
		"the first of two equal ones parts":  {item(10, "A"), item(20, "A"), sale(25), run, item(15, "B"), run},
		"deletes one after the other":        {item(10, "A"), gone(20), gone(30), item(40, "A"), sale(35), run, item(25, "B"), run},
		"rebuilt, a version in the gap":      {item(10, "A"), gone(20), item(40, "C"), sale(30), run, item(25, "B"), {kind: "rebuild"}},
		"a version in the gap, then rebuilt": {item(10, "A"), gone(20), item(40, "C"), sale(30), run, item(25, "B"), run, {kind: "rebuild"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := play(t.Context(), "duckdb:", history); err != nil {
				t.Errorf("\n\t%s\n%v", list(history), err)
			}
		})
	}
}
