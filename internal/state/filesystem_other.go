//go:build !linux

package state

// networkFilesystem cannot tell on this system.
func networkFilesystem(string) string { return "" }

// available cannot tell on this system.
func available(string) (bytes int64, known bool) { return 0, false }
