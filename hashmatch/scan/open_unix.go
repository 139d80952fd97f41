//go:build unix && !linux

package scan

import (
	"os"
	"syscall"
)

// openReadOnly opens a file for reading, by calling open with the flags that suit the system. O_NONBLOCK: opening a FIFO
// that has taken the file's place would wait for a writer.
func openReadOnly(open func(flag int) (*os.File, error)) (*os.File, error) {
	return open(syscall.O_RDONLY | syscall.O_NONBLOCK)
}
