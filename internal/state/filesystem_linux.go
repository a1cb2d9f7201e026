package state

import "golang.org/x/sys/unix"

// networkFilesystem names the file system of a folder when it is one whose
// locks cannot be relied on, else "".
func networkFilesystem(dir string) string {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return "" // what is wrong with the folder shows when the file is opened
	}
	switch uint32(st.Type) {
	case unix.NFS_SUPER_MAGIC:
		return "nfs"
	case 0xff534d42, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		return "cifs"
	case unix.AFS_SUPER_MAGIC, unix.CODA_SUPER_MAGIC:
		return "afs"
	case unix.V9FS_MAGIC:
		return "9p"
	}
	return ""
}

// available is how many bytes may be written to the file system of a folder.
func available(dir string) (bytes int64, known bool) {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return 0, false
	}
	return int64(st.Bavail) * st.Bsize, true
}
