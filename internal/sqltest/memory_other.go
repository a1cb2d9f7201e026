//go:build unix && !linux

package sqltest

// parents are the folders to put a server's files into, best first.
func parents() []string { return []string{"/tmp"} }
