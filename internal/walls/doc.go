// Package walls holds the walls between the packages of this module. It has tests only:
// they read the import graph and the source files, and fail with the sentence of the
// rule that was broken. A rule is a value (rules_test.go); each is also shown a planted
// violation, so that a rule which catches nothing is found out.
package walls
