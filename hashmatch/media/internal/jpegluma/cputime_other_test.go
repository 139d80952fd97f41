//go:build !linux

package jpegluma

import "time"

var begin = time.Now()

// processorTime is the time that has passed: close enough on a quiet machine.
func processorTime() time.Duration { return time.Since(begin) }
