//go:build unix && !linux

package isolate

import "golang.org/x/sys/unix"

// confine puts up what Unix systems have in common. Their limits for memory mean different things or nothing, so the
// child watches itself.
func confine(c *Confinement, memory int64) {
	watchMemory(hardLimit(memory))
	c.add(wallWatch, nil)
	c.add(wallCore, limit(unix.RLIMIT_CORE, 0))
	c.add(wallWrite, limit(unix.RLIMIT_FSIZE, 0))
	c.add(wallFiles, limit(unix.RLIMIT_NOFILE, fewFiles))
}
