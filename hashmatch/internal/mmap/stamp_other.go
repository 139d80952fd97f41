//go:build !linux

package mmap

import "os"

func stampOf(f *os.File) (stamp, error) {
	fi, err := f.Stat()
	if err != nil {
		return stamp{}, err
	}
	return stamp{fi.Size(), fi.ModTime().Unix(), int64(fi.ModTime().Nanosecond())}, nil
}
