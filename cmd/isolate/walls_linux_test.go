package isolate

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// processes returns the state of every process whose parent is pid, by its number.
func processes(t *testing.T, pid int) map[int]string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int]string{}
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it is gone
		}
		number, _, _ := strings.Cut(string(text), " ")
		after := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // state, parent, ...
		if after[1] == strconv.Itoa(pid) {
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			children[n] = after[0]
		}
	}
	return children
}

// descriptors returns how many files this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// Nothing is left of children that ended in whatever way: neither zombies nor pipes.
func TestNothingIsLeft(t *testing.T) {
	before := descriptors(t)
	p, err := New(Config{Command: as("plain"), Workers: 3, Files: 2, Time: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, what := range []string{"exit", "pid", "pid", "panic", "early exit", "garbage", "cut"} {
			p.Sum(t.Context(), strings.NewReader(order(what)+strings.Repeat("x", 200_000)))
		}
	}
	for pid, state := range processes(t, os.Getpid()) {
		if state == "Z" {
			t.Errorf("%d is a zombie while the pool lives", pid)
		}
	}
	c := p.rested() // one that dies at rest
	if c == nil {
		c, err = p.start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
	}
	p.rest(c)
	c.cmd.Process.Kill()
	<-c.done
	if fp, err := p.Sum(t.Context(), strings.NewReader(order("pid"))); err != nil || fp.Width == c.cmd.Process.Pid {
		t.Errorf("after a death at rest: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if left := processes(t, os.Getpid()); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// Children end with a parent that is killed, even while they compute.
func TestOrphans(t *testing.T) {
	cmd := as("parent")()
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var children []int
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if syscall.Kill(pid, 0) != nil {
			t.Errorf("%d is not there", pid)
		}
		children = append(children, pid)
	}
	testkit.AtLeast(t, 2, len(children), "children")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		left := 0
		for _, pid := range children {
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err == nil && !bytes.Contains(state, []byte(") Z ")) { // whoever inherits them may be slow to wait
				left++
			}
		}
		if left == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d children are left", left)
		}
	}
}

// A child that was taken over finds every way out closed. The same attempts without walls show that they would succeed.
func TestWalls(t *testing.T) {
	open := newPool(t, Config{Workers: 1})
	_, err := open.Sum(t.Context(), strings.NewReader(order("escape")))
	if err == nil || !strings.Contains(err.Error(), "read a file, read a directory, write a file") || !strings.Contains(err.Error(), "start a program") {
		t.Fatalf("without walls: %v", err)
	}
	os.Remove("/tmp/hashmatch-escaped")
	os.Remove("/tmp/hashmatch-escaped-dir")

	p := newPool(t, Config{Workers: 1, Command: as("confined", fmt.Sprint(generous))})
	walls := p.Confinement()
	t.Logf("walls: %v", walls)
	for _, wall := range []string{wallHeap, wallMemory, wallAddress, wallCore, wallTrace, wallWrite, wallFiles, wallParent} {
		if !walls.Has(wall) {
			t.Errorf("there is no wall %q", wall)
		}
	}
	if walls.Has(wallCalls) {
		_, err = p.Sum(t.Context(), strings.NewReader(order("escape")))
		if err == nil || strings.TrimSpace(err.Error()) != "escaped:" {
			t.Errorf("with walls: %v", err)
		}
	} else {
		t.Log("this kernel or processor has no filter for system calls")
	}

	// Each of the two that keep files closed does so alone.
	files := []string{"read a file", "read a directory", "write a file", "make a directory", "start a program"}
	for role, wall := range map[string]string{"landlock": wallOpen, "filter": wallCalls} {
		p := newPool(t, Config{Workers: 1, Command: as(role)})
		if !p.Confinement().Has(wall) {
			t.Logf("walls: %v", p.Confinement())
			continue
		}
		_, err := p.Sum(t.Context(), strings.NewReader(order("escape")))
		if err == nil || !strings.HasPrefix(err.Error(), "escaped:") {
			t.Errorf("%s: %v", role, err)
		}
		for _, f := range files {
			if strings.Contains(err.Error(), f) {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
}

// one is the role of a child with one wall.
func one(wall string, build func() error) func() Confinement {
	return func() (c Confinement) {
		err := onAllThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
		if err == nil {
			err = build()
		}
		c.add(wall, err)
		return c
	}
}

func init() {
	moreRoles["landlock"] = one(wallOpen, denyFiles)
	moreRoles["watched"] = func() Confinement {
		watchMemory(256 << 20)
		return nil
	}
	moreRoles["filter"] = one(wallCalls, filterCalls)
}

// A child may use the memory it is promised, and dies not far beyond.
func TestMemoryLimit(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector takes memory of its own")
	}
	const memory = 96 << 20
	p := newPool(t, Config{Workers: 1, Memory: memory, Command: as("confined", fmt.Sprint(memory))})
	if _, err := p.Sum(t.Context(), strings.NewReader(order("most"))); err != nil {
		t.Errorf("80 MiB of 96: %v", err)
	}
	c := p.rested()
	pid := c.cmd.Process.Pid
	p.rest(c)
	done := make(chan int64)
	stop := make(chan struct{})
	go func() {
		most := int64(0)
		for {
			select {
			case <-stop:
				done <- most
				return
			default:
				most = max(most, resident(pid))
				time.Sleep(time.Millisecond)
			}
		}
	}()
	_, err := p.Sum(t.Context(), strings.NewReader(order("many")))
	close(stop)
	most := <-done
	if !errors.Is(err, hashmatch.ErrLimit) {
		t.Error(err)
	}
	if most < memory/2 || most > hardLimit(memory)+64<<20 {
		t.Errorf("it had %d MiB resident, hard limit %d MiB", most>>20, hardLimit(memory)>>20)
	}
	t.Logf("at most %d MiB were resident; the limit is %d, the hard one %d", most>>20, memory>>20, hardLimit(memory)>>20)
}

// resident returns a process's memory.
func resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, pages int64
	fmt.Sscan(string(text), &size, &pages)
	return pages * int64(os.Getpagesize())
}

// The watch of systems without a limit ends a child that allocates without end, and the parent knows why.
func TestMemoryWatch(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector makes filling memory slow")
	}
	p := newPool(t, Config{Workers: 1, Command: as("watched")})
	if _, err := p.Sum(t.Context(), strings.NewReader(order("many"))); !errors.Is(err, hashmatch.ErrLimit) {
		t.Error(err)
	}
	if _, err := p.Sum(t.Context(), strings.NewReader(order("pid"))); err != nil {
		t.Error(err)
	}
}

// The process is the program that runs, even when its file has been replaced.
func TestSelfIsWhatRuns(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.WriteFile(moved, program, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(moved)
	cmd.Env = []string{roleVariable + "=replaced"}
	cmd.Stderr = os.Stderr
	if out, err := cmd.Output(); err != nil || string(out) != "still there\n" {
		t.Errorf("%q, %v", out, err)
	}
}
