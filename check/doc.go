// Package check says, as SQL, what holds of the tables of a project. It is pure: each
// [Check] is a query for the keys of which it does not hold, and [Writer] writes those of
// a table from the model.
//
//	I1 to I4   versions: from before to, no overlap, at most one current, neighbours differ
//	I6         every key of a fact is the member that its row names, in the version in
//	           force when it happened, or a special member
//	unique     no key twice
//	resolves   no key is NULL or points nowhere
//	pointed    every key of a dimension that points to another is that of the member named
//	members    the special members are there; a natural key has one durable key
//	arrived    every bronze event is in the log, in the quarantine, or a repetition
//	current    silver's state has every key of the log
//	counted    every row of silver is a fact, and every fact has its row
//	summed     an aggregate equals its facts summed up anew; the weights of a group are 1
//
// (I5, that the star equals a rebuild, is a comparison and belongs to package diff.)
//
// The checks are written from what a table means and not from how it is made: a
// dimension's versions are looked at as they lie beside each other, and the key that a
// fact should have is found by the latest version at its time, which is not the way in
// which package star finds it.
//
// A check looks at a whole table, or at the keys that a step touched.
package check
