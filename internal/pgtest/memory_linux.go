package pgtest

import "syscall"

// roomy is the free space, in bytes, from which a file system in memory may hold a cluster:
// the largest tests write some hundred megabytes.
const roomy = 8 << 30

// memoryFolder is a folder of a file system in memory with room for a cluster, or "".
func memoryFolder() string {
	const dir = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < roomy {
		return ""
	}
	return dir
}
