// Package record holds the words that all layers share: kinds and types of values,
// one nullable Value, and the column Batch in which rows travel.
//
// Rows move as batches of typed vectors, never as maps, so that neither a database
// driver nor a mapping has to box each value. Numbers never pass through float64 on
// their way to integer or decimal: an integer is an int64 and a decimal is its own
// canonical text ("12.50" under scale 2) all the way from the source to the table.
package record
