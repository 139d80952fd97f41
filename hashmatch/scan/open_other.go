//go:build !unix

package scan

import "os"

// openReadOnly opens a file for reading, by calling open with the flags that suit the system.
func openReadOnly(open func(flag int) (*os.File, error)) (*os.File, error) {
	return open(os.O_RDONLY)
}
