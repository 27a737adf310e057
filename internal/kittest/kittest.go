// Package kittest runs a test function inside a runnable example: the suites of the test
// kits take a *testing.T, and an example has none. What it runs is what a user writes.
package kittest

import (
	"flag"
	"testing"
)

// Passes runs a test and tells whether it passed. Why it did not stands in the output of
// the example.
func Passes(name string, test func(*testing.T)) (passed bool) {
	quiet, err := silenced("test.v")
	if err != nil {
		return false
	}
	defer quiet()
	all := func(string, string) (bool, error) { return true, nil }
	return testing.RunTests(all, []testing.InternalTest{{Name: name, F: test}})
}

// silenced turns a flag off, as "go test -v" would write the names of the tests into the
// output that the example is held to, and gives what turns it on again.
func silenced(name string) (func(), error) {
	before := "false"
	if f := flag.Lookup(name); f != nil {
		before = f.Value.String()
	}
	return func() { _ = flag.Set(name, before) }, flag.Set(name, "false")
}
