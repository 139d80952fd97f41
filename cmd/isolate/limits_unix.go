//go:build unix

package isolate

import (
	"fmt"
	"os"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"
)

// fewFiles is one more than the highest descriptor of a child: the three pipes, what Go's poller has, and a few to spare.
const fewFiles = 16

// limit sets a resource's limit once and for all.
func limit(resource int, n uint64) error {
	var r unix.Rlimit
	set(&r.Cur, n)
	set(&r.Max, n)
	return unix.Setrlimit(resource, &r)
}

// set is an assignment to a field that is signed on some systems.
func set[T int64 | uint64](field *T, n uint64) { *field = T(n) }

// watchMemory ends this process soon after Go's runtime has taken more than most bytes from the system. It is for systems
// that offer no limit, and it stops only what allocates as Go does.
func watchMemory(most int64) {
	go func() {
		samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		for range time.Tick(10 * time.Millisecond) {
			metrics.Read(samples)
			if used := samples[0].Value.Uint64() - samples[1].Value.Uint64(); used > uint64(most) {
				fmt.Fprintln(os.Stderr, "fatal error: out of memory")
				os.Exit(2)
			}
		}
	}()
}
