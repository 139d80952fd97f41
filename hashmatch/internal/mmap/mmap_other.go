//go:build !unix && !windows

package mmap

import (
	"io"
	"os"
)

// mapped reads the file: there are no mappings here.
func mapped(f *os.File, size int) ([]byte, error) {
	data := make([]byte, size)
	_, err := io.ReadFull(f, data)
	return data, err
}

func unmap([]byte) error { return nil }
