//go:build !amd64 || purego

package digest

func supported() bool { return false }

func blocks(s *state, p []byte) { blocksGeneric(s, p) }

func blocks2(s, t *state, p, q []byte) { blocks2Generic(s, t, p, q) }
