// Package schema is what Lode holds, as plain data: sources, entities, dimensions,
// facts and aggregates as a project declares them, and the tables that follow from
// them. It does no I/O and knows nothing of how anything is stored.
//
// Project files and Go code produce the same values; plan, run, lint and docs read them.
package schema
