package warehousetest

import (
	"testing"

	"github.com/lodehq/lode/warehouse"
)

func queries() map[string]func(*testing.T, warehouse.Warehouse)  { return nil }
func tables() map[string]func(*testing.T, warehouse.Warehouse)   { return nil }
func dialects() map[string]func(*testing.T, warehouse.Warehouse) { return nil }
func casts() map[string]func(*testing.T, warehouse.Warehouse)    { return nil }
func members() map[string]func(*testing.T, warehouse.Warehouse)  { return nil }
func locks() map[string]func(*testing.T, warehouse.Warehouse)    { return nil }
