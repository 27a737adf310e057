// Package project reads a project folder into the plain values of package schema.
//
//	shop/
//	  lode.yaml        name, warehouse, layers          .env   secrets, never committed
//	  sources/*.yaml   source: one outside system each
//	  silver/*.yaml    entity: typed, validated, conformed
//	  gold/*.yaml      dimension:, fact:, aggregate:
//
// Every mistake of every file is reported at once, as file:line:column. What only shows
// when the whole is known, such as a column that no entity has, is found by others and
// brought back to its place in the files by [Positions].
//
// The package knows no warehouse and no concrete source: connectors are handed in.
package project
