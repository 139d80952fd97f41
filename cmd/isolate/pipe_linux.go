package isolate

import (
	"os"

	"golang.org/x/sys/unix"
)

// widen makes a pipe hold more, so that parent and child wait less for each other. A system that does not let it is as
// well.
func widen(pipe *os.File) {
	if raw, err := pipe.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 256<<10) })
	}
}
