//go:build !linux

package pgtest

func memoryFolder() string { return "" }
