package pbtest

import (
	"testing"
)

// What the example project relies on: the login, the updated cursor in a filter, and
// records that can be created, changed and deleted between runs.
func TestRecordsChangeAndTheCursorFindsThem(t *testing.T) {
	t.Parallel()
	pb := StartWith(t, Options{Customers: 30, Orders: 60})
	if c, o := pb.Count("customers", ""), pb.Count("orders", ""); c != 30 || o != 60 {
		t.Fatalf("%d customers and %d orders, want 30 and 60", c, o)
	}
	const id = "c00000000000005"
	before := pb.Record("customers", id)
	pb.Update("customers", id, map[string]any{"segment": "Mid-Market"})
	after := pb.Record("customers", id)
	if before["segment"] == "Mid-Market" || after["segment"] != "Mid-Market" || after["updated"].(string) <= before["updated"].(string) {
		t.Errorf("%v became %v", before, after)
	}
	since := "updated >= '" + after["updated"].(string) + "'"
	if n := pb.Count("customers", since); n != 1 {
		t.Errorf("%d customers since the change, want 1", n)
	}
	pb.Delete("customers", "c00000000000006")
	made := pb.Create("customers", map[string]any{"name": "Newcomer", "segment": "SMB"})
	if n := pb.Count("customers", since); n != 2 || len(made) != 15 {
		t.Errorf("%d customers since the change, want it and %q", n, made)
	}
	if n := pb.Count("customers", ""); n != 30 {
		t.Errorf("%d customers, want 30 less one and one more", n)
	}
}

func TestSeedIsTheSameForEveryServer(t *testing.T) {
	t.Parallel()
	one, two := StartWith(t, Options{Customers: 10, Orders: 20}), StartWith(t, Options{Customers: 10, Orders: 20})
	for _, field := range []string{"customer", "status", "total", "ordered_at"} {
		a, b := one.Record("orders", "o00000000000013")[field], two.Record("orders", "o00000000000013")[field]
		if a != b || a == nil {
			t.Errorf("%s is %v on one server and %v on another", field, a, b)
		}
	}
}
