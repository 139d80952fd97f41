//go:build !linux

package atomicfile

import (
	"errors"
	"os"
)

// temporary opens a file for writing beside path. If the program is killed, it stays behind.
func temporary(path string) (*os.File, name, error) { return namedTemporary(path) }

func link(*os.File, string) (name, error) { return "", errors.ErrUnsupported } // all files have names here
