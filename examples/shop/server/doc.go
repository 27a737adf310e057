// Package server plays the two systems of the shop example: a CRM under /crm and a
// billing system under /billing. It is deterministic: the same [Config] and the same
// sequence of requests give the same bytes, so that a test can know the right answers
// beforehand ([Server.Truth]).
//
// # Days
//
// The shop lives in simulated days. Day 1 is 2025-06-01 and shows a year of history;
// each later day adds changes. [Server.SetDay], or POST /_day/{n}, moves the clock. Only
// the records are simulated: the HTTP Date header is the real one, so that no cursor
// lies in the future.
//
// A day brings new customers, accounts, products and orders; segment, country, contact
// and credit changes of about one customer in a hundred; prices of about three products in a
// hundred; orders that change status and gain or lose a line; deletions.
//
// # Quirks
//
//	CRM      camelCase, "T"/"F", numbers as numbers, {"id","refName"} references,
//	         cursors in milliseconds, a deletions endpoint, a token that expires
//	billing  snake_case, "yes"/"no", money as text, dates without a zone, accounts that
//	         vanish without a word, an empty page in the middle of a listing
//	both     many records with one cursor value, countries in four spellings, e-mails with
//	         spaces and capitals, custom fields that appear, vanish and change their type
//
// Things that arrive late, and things that are wrong, are played by a fixed cast (see
// cast.go) so that a reader can find them again.
//
// # Size
//
// Records are computed when they are asked for. Only the sort order of a collection is
// held, 16 bytes a record, so a scale of millions stays small.
package server
