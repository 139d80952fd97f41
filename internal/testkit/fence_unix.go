//go:build unix

package testkit

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Fenced returns n bytes that end where a page begins that must not be touched, and that, if they are whole pages, begin
// where another one ends: what reads or writes beyond ends the test with a fault. t is skipped where the system gives no
// such pages.
func Fenced(t testing.TB, n int) []byte {
	t.Helper()
	page := os.Getpagesize()
	size := (n + page - 1) / page * page
	all, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no memory map: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(all); err != nil {
			t.Error(err)
		}
	})
	for _, fence := range [][]byte{all[:page], all[page+size:]} {
		if err := unix.Mprotect(fence, unix.PROT_NONE); err != nil {
			t.Skipf("no page protection: %v", err)
		}
	}
	return all[page+size-n : page+size : page+size]
}
