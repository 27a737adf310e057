package store

import (
	"errors"

	"github.com/lodehq/lode/warehouse"
)

// Errors that callers ask for with errors.Is.
var (
	// ErrNotFound is returned by Get, First, Update and Delete where there is no such row.
	ErrNotFound = errors.New("there is no such row")
	// ErrStale is returned by Update and Delete where somebody else has changed the row since
	// it was read: read it again and decide anew.
	ErrStale = errors.New("the row was changed by somebody else since it was read")
	// ErrDuplicate is returned by Insert and Update where two rows would share a key.
	ErrDuplicate = warehouse.ErrDuplicate
	// ErrReference is returned where a row would name one that is not there: by Insert and Update of
	// the row that names, and by Delete of the one that is named.
	ErrReference = warehouse.ErrReference
	// ErrBroken is returned by Insert and Update where a row breaks a rule of its table.
	ErrBroken = errors.New("the row breaks a rule of its table")
	// ErrReading is returned by writes of a unit in which an Each is still going on: finish it
	// first, read with All, or read outside the unit.
	ErrReading = errors.New("rows are still being read in this unit: finish the loop first, read with All, or read outside the unit")
	// ErrLoading is returned by reads and writes of a unit in which an InsertAll is taking its rows: by
	// those of the iterator, and of a listener's BeforeInsert. Read before, or outside the unit.
	ErrLoading = errors.New("rows are still being loaded in this unit: the iterator of InsertAll and BeforeInsert cannot use it; read before InsertAll or outside the unit, or write the rows by Insert")
	// ErrReadOnly is returned where a row would be written that the project makes from bronze.
	ErrReadOnly = errors.New("it is made from bronze and cannot be written; send the change through its source")
)
