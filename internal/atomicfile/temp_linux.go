package atomicfile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// temporary opens a file for writing in the folder of path that has no name yet: if the program is killed, nothing is
// left of it. File systems that know no such files get one with a name.
func temporary(path string) (*os.File, name, error) {
	fd, err := unix.Open(filepath.Dir(path), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return namedTemporary(path)
	}
	f := os.NewFile(uintptr(fd), path)
	if _, err := os.Stat(procName(f)); err != nil { // without /proc it could not be given a name later
		f.Close()
		return namedTemporary(path)
	}
	return f, "", nil
}

// procName is a path that leads to an open file.
func procName(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }

// link gives a nameless file a name beside path, from which it can be renamed.
func link(f *os.File, path string) (name, error) {
	open := procName(f)
	for {
		beside := temporaryName(path, fmt.Sprint(rand.Uint64()))
		err := unix.Linkat(unix.AT_FDCWD, open, unix.AT_FDCWD, beside, unix.AT_SYMLINK_FOLLOW)
		if err != unix.EEXIST {
			return name(beside), err
		}
	}
}
