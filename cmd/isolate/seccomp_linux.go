//go:build amd64 || arm64

package isolate

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allowed are the system calls that a child has left: those of Go's runtime for memory, threads, clocks and signals, and
// of the C library's threads where a build has them, and reading and writing what is open. Nothing here takes a path, an
// address of a network or another process. mmap and mprotect stay whole, because a decoder may be a compiler too.
//
// To find what is missing, run a child under strace -f and look for ENOSYS.
var allowed = []uint32{
	unix.SYS_READ, unix.SYS_PREAD64, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_FCNTL, unix.SYS_FSTAT,
	unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_MREMAP, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_NANOSLEEP, unix.SYS_GETTIMEOFDAY, unix.SYS_GETRANDOM,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
}

// offsets into the record of a system call that a filter is given. Arguments are 64 bits wide, with the low half first on
// these processors.
const (
	atNumber = 0
	atArch   = 4
	atArg    = 16
)

// filterCalls allows this process the system calls above and no other, for good and on all threads. Threads may be made,
// processes not; signals go to this process only. A forbidden call fails as unknown: a runtime that tries something new
// then falls back to what it did before, where a child killed at once would take every file with it.
func filterCalls() error {
	program := filter(allowed, uint32(unix.Getpid()))
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	r, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(program)
	switch {
	case e != 0:
		return e
	case r != 0:
		return errors.New("a thread has a filter of its own")
	}
	return nil
}

// filter assembles the filter of process pid.
func filter(calls []uint32, pid uint32) []unix.SockFilter {
	var (
		allow  = give(unix.SECCOMP_RET_ALLOW)
		refuse = give(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))
		f      = []unix.SockFilter{load(atArch), unless(auditArch, 1), give(unix.SECCOMP_RET_KILL_PROCESS), load(atNumber)}
	)
	f = append(f, otherABI...)
	for _, call := range calls {
		f = append(f, when(call, 1), allow)
	}
	f = append(f,
		when(unix.SYS_TGKILL, 4),
		load(atArg), when(pid, 1), allow, refuse,
		when(unix.SYS_CLONE, 4),
		load(atArg), whenAny(unix.CLONE_THREAD, 1), allow, refuse,
	)
	return append(f, refuse)
}

// load takes a word of the record into the accumulator.
func load(at uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
}

// give ends the filter with a verdict.
func give(verdict uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: verdict}
}

// when goes on if the accumulator is k, and else past the n instructions that follow.
func when(k uint32, n uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jf: n}
}

// unless goes past the n instructions that follow if the accumulator is k.
func unless(k uint32, n uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jt: n}
}

// whenAny goes on if the accumulator has any bit of mask, and else past the n instructions that follow.
func whenAny(mask uint32, n uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: mask, Jf: n}
}
