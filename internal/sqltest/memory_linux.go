package sqltest

import "syscall"

// parents are the folders to put a server's files into, best first: in memory,
// where there is room, no other tests' writing to the disk slows it down.
func parents() []string {
	const memory, room = "/dev/shm", 2 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= room {
		return []string{memory, "/tmp"}
	}
	return []string{"/tmp"}
}
