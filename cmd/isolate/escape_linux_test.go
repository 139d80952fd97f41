package isolate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/hashmatch/engine/hashmatch"
)

// escape tries what a child that was taken over might, and tells what succeeded.
func escape(context.Context) (hashmatch.Fingerprint, error) {
	var done []string
	try := func(what string, err error) {
		if err == nil {
			done = append(done, what)
		}
	}
	_, err := os.ReadFile("/etc/passwd")
	try("read a file", err)
	_, err = os.ReadDir("/")
	try("read a directory", err)
	try("write a file", os.WriteFile("/tmp/hashmatch-escaped", nil, 0o600))
	try("write its standard error's file", unix.Ftruncate(2, 0))
	try("remove a file", os.Remove("/tmp/hashmatch-escaped-not-there-but-allowed"))
	try("make a directory", os.Mkdir("/tmp/hashmatch-escaped-dir", 0o700))
	try("start a program", exec.Command("/bin/true").Run())
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	try("make a socket", err)
	_, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	try("make a local socket", err)
	try("signal the parent", unix.Kill(unix.Getppid(), 0))
	try("signal init", unix.Kill(1, 0))
	_, err = unix.ProcessVMReadv(unix.Getppid(), nil, nil, 0)
	try("read the parent's memory", err)
	_, err = unix.MemfdCreate("x", 0)
	try("make a memory file", err)
	try("lift a limit", unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}))
	_, _, e := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
	if e == unix.EFAULT {
		e = 0
	}
	try("set up io_uring", number(e))
	pid, _, e := unix.RawSyscall(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0)
	if pid == 0 && e == 0 {
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
	try("fork", number(e))
	return hashmatch.Fingerprint{}, fmt.Errorf("escaped: %s", strings.Join(done, ", "))
}

func number(e unix.Errno) error {
	if e == 0 {
		return nil
	}
	return errors.New(e.Error())
}
