// Package migrate finds the difference of two sets of tables and writes it down as
// migrations: plain data first (Difference), then SQL of one warehouse with the way back
// (Draft), then files that a person reviews. Package runner below it runs the files.
//
// Nothing is guessed. A column that is gone beside one that is new is a loss and a new
// column, unless the definition says RenamedFrom; Lookalikes names such pairs.
package migrate
