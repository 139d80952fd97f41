package isolate

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// denyFiles forbids this process to open or change any file, for good, by a Landlock ruleset that handles every right and
// grants none. What is open stays open. Where the kernel can, it also closes TCP ports and abstract sockets.
func denyFiles() error {
	version, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return e
	}
	rules := ruleset(int(version))
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), unsafe.Sizeof(rules), 0)
	if e != 0 {
		return fmt.Errorf("version %d: %w", version, e)
	}
	defer unix.Close(int(fd))
	return onAllThreads(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0)
}

// ruleset returns all the rights that a version of Landlock knows. A kernel refuses rights that it does not know, and
// fields behind those it knows only if they are not zero.
func ruleset(version int) unix.LandlockRulesetAttr {
	var r unix.LandlockRulesetAttr
	r.Handled_access_fs = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1
	if version >= 2 {
		r.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		r.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 4 {
		r.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 5 {
		r.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version >= 6 {
		// Not LANDLOCK_SCOPE_SIGNAL: each thread gets a domain of its own here, and older kernels would keep Go's runtime
		// from signalling from one to another.
		r.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	return r
}
