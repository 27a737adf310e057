// Package ledger is Lode's memory: the small tables in the schema "lode" that say where
// each step stands, what each load brought, which runs there were and what waits in
// quarantine. Every write happens inside the caller's transaction, so that a position
// can never be ahead of the rows it speaks of.
//
//	sequences      the last number given in a log, or the last surrogate key
//	positions      how far a step has consumed an input, under which definition
//	streams        state of each stream, what of its bronze log is published
//	loads          one row for each extraction; requests: the requests it made
//	runs, steps    one row for each execution, and each step of it
//	quarantine     records and values that broke a rule, until they are replayed
//	custom_fields  fields that no mapping knows, with their life
//	definitions    the version of each definition that tables were made by
//	checks         what the last check of each table found
//	seen_keys      keys seen by a complete pass that is under way
package ledger
