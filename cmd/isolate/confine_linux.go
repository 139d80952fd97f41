package isolate

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// confine puts up Linux's walls. The filter comes last, since it would keep the others from standing.
func confine(c *Confinement, memory int64) {
	limitMemory(c, hardLimit(memory))
	c.add(wallVictim, os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0))
	c.add(wallCore, limit(unix.RLIMIT_CORE, 0))
	c.add(wallTrace, unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
	c.add(wallWrite, limit(unix.RLIMIT_FSIZE, 0))
	c.add(wallFiles, limit(unix.RLIMIT_NOFILE, fewFiles))

	// Rights are a thread's. Without cgo, Go can make all threads give them up; with it only this one does, and the
	// filter brings the others along.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	rights := onAllThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		c.add(wallRights, err)
		return
	}
	c.add(wallOpen, denyFiles())
	calls := filterCalls()
	if calls == nil {
		rights = nil
	}
	c.add(wallRights, rights)
	c.add(wallCalls, calls)
}

// limitMemory bounds memory by what there is now: a Go program reserves over a gigabyte of addresses that it never uses.
// RLIMIT_DATA counts private memory that can be written, which is what decoders take. RLIMIT_AS is the wall behind it,
// for what else code could map, with room for addresses that Go reserves as its heap grows.
func limitMemory(c *Confinement, most int64) {
	size, data, err := mapped()
	if err == nil {
		err = limit(unix.RLIMIT_DATA, uint64(data+most))
	}
	c.add(wallMemory, err)
	if err != nil {
		watchMemory(most)
		c.add(wallWatch, nil)
		return
	}
	c.add(wallAddress, limit(unix.RLIMIT_AS, uint64(size+2*most)))
}

// mapped returns how many bytes of address space this process has, and how many of them are private and can be written.
func mapped() (size, data int64, err error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 6 {
		return 0, 0, fmt.Errorf("%d numbers in statm", len(fields))
	}
	pages, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0, 0, err
	}
	private, err := strconv.ParseInt(string(fields[5]), 10, 64)
	if err != nil {
		return 0, 0, err
	}
	page := int64(os.Getpagesize())
	return pages * page, private * page, nil
}

// onAllThreads makes a system call on every thread of the process. Programs with cgo cannot.
func onAllThreads(trap, a, b uintptr) error {
	if _, _, e := syscall.AllThreadsSyscall6(trap, a, b, 0, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}
