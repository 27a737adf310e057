// Package runner runs migrations: goose reads the files, orders them and carries each
// out in a transaction; here stand what goose needs of a warehouse (a session of
// database/sql over its transactions, a store of what has been applied), and the questions
// that are asked before anything runs.
//
// The caller holds the project's lock, so that a run and a migration, or two migrations,
// are never under way at once.
package runner
