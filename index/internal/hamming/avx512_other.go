//go:build purego || !amd64

package hamming

import "github.com/hashmatch/engine/internal/cpu"

// best is the greatest path that can run here.
func best() cpu.Path { return cpu.Best() }
