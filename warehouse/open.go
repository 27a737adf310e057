package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Open opens the warehouse of an address by the driver that it names. Paths in the address
// are relative to dir.
func Open(ctx context.Context, drivers []Driver, address, dir string) (Warehouse, error) {
	driver, err := DriverOf(drivers, address)
	if err != nil {
		return nil, err
	}
	return driver.Open(ctx, InDir(address, dir))
}

// OpenTrial opens an empty warehouse of the same kind as that of an address, or the one that trial
// names.
func OpenTrial(ctx context.Context, drivers []Driver, address, dir, trial string) (Warehouse, error) {
	if trial != "" {
		return Open(ctx, drivers, trial, dir)
	}
	driver, err := DriverOf(drivers, address)
	if err != nil {
		return nil, err
	}
	trier, ok := driver.(Trier)
	if !ok {
		return nil, errors.New("this warehouse cannot make one for a trial; name an empty one")
	}
	return trier.OpenTrial(ctx, InDir(address, dir))
}

// DriverOf is the driver that the scheme of an address names.
func DriverOf(drivers []Driver, address string) (Driver, error) {
	scheme, _, found := strings.Cut(address, ":")
	if !found {
		return nil, errors.New("open warehouse: the address has no scheme; write duckdb:FILE or postgres://USER@HOST/DATABASE")
	}
	var known []string
	for _, d := range drivers {
		if slices.Contains(d.Schemes(), scheme) {
			return d, nil
		}
		known = append(known, d.Schemes()...)
	}
	return nil, fmt.Errorf("open warehouse: there is no driver for %q; this program has %s", scheme, strings.Join(known, ", "))
}
