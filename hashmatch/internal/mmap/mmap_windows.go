package mmap

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

func mapped(f *os.File, size int) ([]byte, error) {
	fail := func(op string, err error) ([]byte, error) {
		return nil, &os.PathError{Op: op, Path: f.Name(), Err: err}
	}
	object, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, 0, 0, nil)
	if err != nil {
		return fail("CreateFileMapping", err)
	}
	defer windows.CloseHandle(object) // the view keeps it
	address, err := windows.MapViewOfFile(object, windows.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return fail("MapViewOfFile", err)
	}
	// The address is of no memory of Go's, so the collector does not mind; it is read as a pointer in place, since vet
	// cannot know that.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), size), nil
}

func unmap(data []byte) error {
	if data == nil {
		return nil
	}
	return windows.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(data))))
}
