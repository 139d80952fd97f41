package isolate

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// Measure is one of the walls around a child.
type Measure struct {
	Name  string `json:"name"`
	Fault string `json:"fault,omitempty"` // why it does not stand; "" when it does
}

// Confinement is what keeps a child from doing harm, as far as this system has it.
type Confinement []Measure

// String lists the walls that stand and then those that do not, with the reason.
func (c Confinement) String() string {
	var stand, missing []string
	for _, m := range c {
		if m.Fault == "" {
			stand = append(stand, m.Name)
		} else {
			missing = append(missing, fmt.Sprintf("%s (%s)", m.Name, m.Fault))
		}
	}
	text := strings.Join(stand, ", ")
	if text == "" {
		text = "nothing"
	}
	if len(missing) > 0 {
		text += "; missing: " + strings.Join(missing, ", ")
	}
	return text
}

// Has reports whether the wall of that name stands.
func (c Confinement) Has(name string) bool {
	for _, m := range c {
		if m.Name == name {
			return m.Fault == ""
		}
	}
	return false
}

func (c *Confinement) add(name string, err error) {
	m := Measure{Name: name}
	if err != nil {
		m.Fault = printable(err.Error(), mostText)
	}
	*c = append(*c, m)
}

// check looks at what a child says of its walls.
func (c Confinement) check() error {
	if len(c) > mostMeasure {
		return malformed("%d walls", len(c))
	}
	for _, m := range c {
		if m.Name == "" || m.Name != printable(m.Name, mostName) || m.Fault != printable(m.Fault, mostText) {
			return malformed("the name of a wall")
		}
	}
	return nil
}

// The names of the walls.
const (
	wallHeap    = "heap limit"         // Go's collector works harder from here on; nothing ends
	wallMemory  = "memory limit"       // the system gives no more memory: the child dies of it
	wallAddress = "address space"      // nor any other kind of mapping
	wallWatch   = "memory watch"       // the child ends itself when it sees that it has too much
	wallVictim  = "first to go"        // a system short of memory ends a child before the parent
	wallCore    = "no core dump"       // no picture comes to lie in a file
	wallTrace   = "no tracing"         // other processes of the user cannot look into its memory
	wallWrite   = "no file writes"     // a file that is open could not grow
	wallFiles   = "few descriptors"    // what little a child opens
	wallRights  = "no new rights"      // set-user-ID programs give nothing
	wallOpen    = "no file access"     // Landlock: no file can be opened, no path changed
	wallCalls   = "system call filter" // memory, threads, clocks, the pipes, and nothing else
	wallParent  = "ends with parent"   // the system ends the child if the parent dies
	wallAlone   = "no child processes" // it starts no program
)

// hardLimit is the memory at which the system stops a child that may have memory bytes. It is above the heap limit by
// what a collector needs that has fallen behind, and by address space that Go has mapped but does not use.
func hardLimit(memory int64) int64 { return memory + memory/4 + 64<<20 }

// mostStack is how deep one goroutine's stack may grow. A decoder that calls itself without end shall be told from one
// that wants memory.
const mostStack = 64 << 20

// Confine puts walls around this process, for good: it is for a child, before Serve. Memory is how many bytes it may use
// beyond what it uses now. The result says which of the walls stand; to print it is the parent's business.
//
// All systems: Go's heap limit and a bound for stacks, neither of which stops code that does not want to be stopped.
//
// Linux: hard limits for private memory and for address space, and the first place among those that are ended when the
// system's memory is short; no core dump, no tracing, no file that grows, few descriptors, no new rights; Landlock without
// any rule, so that no file can be opened (not in programs with cgo); and on amd64 and arm64 a system call filter that
// leaves what Go's runtime needs to compute and to speak through open pipes. A call beyond it fails as if the system did
// not have it. The parent sees to it that the child is killed when the parent dies.
//
// Other Unix systems: a watch that looks at the memory of Go's runtime a hundred times a second and ends the process when
// it is over the limit; no core dump, no file that grows, few descriptors. Nothing keeps it from opening files.
//
// Windows: nothing is done here; the parent puts the child into a job object with a hard memory limit that is one
// process large and ends with the parent.
func Confine(memory int64) Confinement {
	var c Confinement
	debug.SetMemoryLimit(memory)
	debug.SetMaxStack(mostStack)
	c.add(wallHeap, nil)
	confine(&c, memory)
	return c
}
