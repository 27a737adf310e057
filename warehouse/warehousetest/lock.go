package warehousetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/lodehq/lode/warehouse"
)

func locks() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"a lock is held until it is released": testLock,
		"locks of other names are free":       testLockNames,
	}
}

func testLock(t *testing.T, w warehouse.Warehouse) {
	for range 3 {
		release, err := w.Lock(t.Context(), "crm.customers")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Lock(t.Context(), "crm.customers")
		if !errors.Is(err, warehouse.ErrLocked) || !strings.Contains(err.Error(), "crm.customers") {
			t.Errorf("a second lock: %v, want ErrLocked with the name", err)
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
	}
}

func testLockNames(t *testing.T, w warehouse.Warehouse) {
	for _, name := range []string{"a", "A", "b", "", "crm.customers "} {
		release, err := w.Lock(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := release(); err != nil {
				t.Error(err)
			}
		}()
	}
}
