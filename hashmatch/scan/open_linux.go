package scan

import (
	"errors"
	"os"
	"syscall"
)

// openReadOnly opens a file for reading, by calling open with the flags that suit the system. O_NONBLOCK: opening a FIFO
// that has taken the file's place would wait for a writer. O_NOATIME: reading evidence must not mark it as read; only a
// file's owner may ask for that, others get EPERM.
func openReadOnly(open func(flag int) (*os.File, error)) (*os.File, error) {
	const flags = syscall.O_RDONLY | syscall.O_NONBLOCK
	f, err := open(flags | syscall.O_NOATIME)
	if errors.Is(err, syscall.EPERM) {
		return open(flags)
	}
	return f, err
}
