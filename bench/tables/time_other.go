//go:build !unix

package main

import "time"

var begin = time.Now()

// processorTime is the time by the clock, as the system's own counter is too coarse or none.
func processorTime() time.Duration { return time.Since(begin) }
