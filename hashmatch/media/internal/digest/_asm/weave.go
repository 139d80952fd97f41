package main

import "fmt"

// code is a run of instructions, each a line without its newline. A remark is a line of its own inside an entry, above
// the instruction it speaks of, so that it stays with it however runs are woven.
type code []string

// op adds one instruction.
func (c *code) op(format string, args ...any) {
	*c = append(*c, "\t"+fmt.Sprintf(format, args...))
}

// remark puts a comment above what is added at place at.
func (c code) remark(at int, format string, args ...any) {
	c[at] = "\t// " + fmt.Sprintf(format, args...) + "\n" + c[at]
}

// then joins runs end to end.
func then(runs ...code) code {
	var all code
	for _, r := range runs {
		all = append(all, r...)
	}
	return all
}

// weave spreads b evenly through a and keeps the order of both. The two must share no register that either writes, nor
// the flags.
func weave(a, b code) code {
	all := make(code, 0, len(a)+len(b))
	taken := 0
	for i, line := range a {
		for taken*len(a) < i*len(b) {
			all = append(all, b[taken])
			taken++
		}
		all = append(all, line)
	}
	return append(all, b[taken:]...)
}
