//go:build race

package isolate

const raced = true // the race detector takes memory of its own
