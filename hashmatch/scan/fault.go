package scan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/hashmatch/engine/hashmatch"
)

// readFault returns the outcome of a file that could not be opened or read.
func readFault(err error) hashmatch.Outcome {
	switch {
	case errors.Is(err, ErrNotRegular):
		return hashmatch.NotRegular
	case errors.Is(err, fs.ErrPermission):
		return hashmatch.Denied
	case errors.Is(err, ErrChanged):
		return hashmatch.Changed
	}
	return hashmatch.IOError
}

// decodeFault returns the outcome of a file that was read but of which the hasher could not make everything.
func decodeFault(err error) hashmatch.Outcome {
	switch {
	case errors.Is(err, hashmatch.ErrLimit):
		return hashmatch.TooLarge
	case errors.Is(err, context.DeadlineExceeded):
		return hashmatch.Timeout
	case errors.Is(err, hashmatch.ErrCrashed):
		return hashmatch.Crashed
	case errors.Is(err, hashmatch.ErrUnsupported):
		return hashmatch.Unsupported
	}
	return hashmatch.Corrupt
}

// text returns what err says, as far as it is the same on every host: without the path and the system call that errors
// of package os carry, and with one wording for the commonest. Records must not tell where a tree was mounted.
func text(err error) string {
	for _, plain := range []error{fs.ErrPermission, fs.ErrNotExist} {
		if errors.Is(err, plain) {
			return plain.Error()
		}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return text(e.Err)
	}
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		return text(e.Err)
	}
	return err.Error()
}

// notRegular returns the error of what is no regular file.
func notRegular(mode fs.FileMode) error {
	what := "irregular"
	switch {
	case mode.IsDir():
		what = "directory"
	case mode&fs.ModeSymlink != 0:
		what = "symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		what = "FIFO"
	case mode&fs.ModeSocket != 0:
		what = "socket"
	case mode&fs.ModeDevice != 0:
		what = "device"
	}
	return fmt.Errorf("%w: %s", ErrNotRegular, what)
}
