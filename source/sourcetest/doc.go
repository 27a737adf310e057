// Package sourcetest helps to test connectors. [Run] is the conformance suite of the
// contract in package source: every connector runs it, also one that a stranger writes.
// [Server] is an HTTP API that misbehaves exactly as told.
package sourcetest
