package server

import (
	"errors"
	"fmt"
	"math"
)

// Config says how large the shop is and how badly it behaves. The zero value of a field
// means its default.
type Config struct {
	Seed      uint64  // everything that looks random follows from it; default 1
	Customers int     // on day 1, four in the CRM to one in billing; default 5,000
	Orders    int     // of the year up to day 1, with one to five lines; default 50,000
	Products  int     // default 300
	Scale     float64 // multiplies Customers and Orders; default 1
	Day       int     // the day to begin with; default 1
	Faults    bool    // rate limits, errors, truncated bodies and expiring tokens

	ClientID     string // of the CRM; default "lode"
	ClientSecret string // of the CRM; default "crm-secret"
	APIKey       string // of billing; default "billing-key"
}

// The least sizes that still hold the whole cast.
const (
	minCustomers = 300
	minOrders    = 200
	minProducts  = 20
	maxRecords   = 100_000_000
)

// withDefaults fills in what was left out and applies the scale.
func (c Config) withDefaults() Config {
	c.Seed = either(c.Seed, 1)
	c.Scale = either(c.Scale, 1)
	c.Customers = scaled(either(c.Customers, 5_000), c.Scale)
	c.Orders = scaled(either(c.Orders, 50_000), c.Scale)
	c.Products = either(c.Products, 300)
	c.Day = either(c.Day, 1)
	c.ClientID = either(c.ClientID, "lode")
	c.ClientSecret = either(c.ClientSecret, "crm-secret")
	c.APIKey = either(c.APIKey, "billing-key")
	return c
}

// validate reports every size that cannot be played, after the defaults are in.
func (c Config) validate() error {
	return errors.Join(
		within("Customers", c.Customers, minCustomers, maxRecords),
		within("Orders", c.Orders, minOrders, maxRecords),
		within("Products", c.Products, minProducts, maxRecords),
		within("Day", c.Day, 1, maxDay),
	)
}

func within(name string, v, low, high int) error {
	if v < low || v > high {
		return fmt.Errorf("%s (with Scale applied) is %d; choose %d to %d", name, v, low, high)
	}
	return nil
}

func either[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// scaled saturates, so that an absurd scale is refused by validate and never wraps.
func scaled(n int, scale float64) int {
	return int(min(math.Round(float64(n)*scale), 2*maxRecords))
}
