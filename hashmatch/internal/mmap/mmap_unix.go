//go:build unix

package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapped(f *os.File, size int) ([]byte, error) {
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		err = &os.PathError{Op: "mmap", Path: f.Name(), Err: err}
	}
	return data, err
}

func unmap(data []byte) error {
	if data == nil {
		return nil
	}
	return unix.Munmap(data)
}
