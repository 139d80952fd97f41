package isolate

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// otherABI refuses the calls of x32, which have this bit and would be taken for others.
var otherABI = []unix.SockFilter{whenAny(0x40000000, 1), give(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))}
