//go:build !race

package isolate

const raced = false
