package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// markdown is README.md.
func (r *report) markdown() []byte {
	var out bytes.Buffer
	first := columnName(r.first())
	fmt.Fprintf(&out, `# Searches, measured

Written by `+"`go run ./bench/tables`"+`; what stands here is never edited by hand. %s, %s, %d cores, %s.
Media and scans are measured by `+"`go test -run '^$' -bench . ./bench`"+`; their figures are in the README of the repository.

- Times are microseconds for each query: **one at a time (median) / in a batch of 20,000 (processor time, on one core)**. A star marks a smaller batch, where 20,000 would take too long. The lesser of two rounds counts, in each of which all engines were measured in turn in one process.
- %s is the column to look at: it is what most desks have. The machine that measured decides what can be told about the others: instructions beyond a column's are switched off in a process of its own.
- Half of the queries are unrelated to the set, half are copies of its codes with 0 to r bits changed. Before it is timed, every cell is held against brute force on %d queries (the textbook's on 2), and all engines against each other on %d.
- uniform: random bits. clustered: biased bits, one to 2,000 versions of a picture. pictures: hashes of pictures and their edits, as hashmatch/media computes them.
- **✗ marks what we lose**, to a rival or to a goal; all of it is listed at the end. Machines differ and drift by a fifth: ratios within a row hold elsewhere, times do not.

`, r.header.Machine, r.header.Go, r.header.Cores, r.header.Date, first, checked, covered)
	section := func(title, text string, t *table) {
		fmt.Fprintf(&out, "## %s\n\n", title)
		if text != "" {
			fmt.Fprintf(&out, "%s\n\n", text)
		}
		if t != nil {
			out.Write(t.out.Bytes())
			out.WriteByte('\n')
		}
	}
	section("Index, by instructions", "What `index.New` builds. The goals are for AVX-512 on one core of a Zen 5; AVX2 may take 1.5 times as long, Go 8 times (5 in a batch).", r.byPath())
	section("Beside others", "With "+first+". Debian builds FAISS without popcount instructions; \"native\" is the same version with its inner loops built for this processor (bench/peers/faiss/native.sh), and all its radii are made to find everything.", r.beside())
	section("Memory and building", "Bytes for each code, the code included / seconds to build, on all cores. At the headline radius of each set.", r.memory())
	out.WriteString("![Memory by size of the set](memory-n.svg)\n\n")
	section("The scan beside the machine's limits", "Measured in the same process on the same memory. In a row: how fast memory is read in order; how fast words are compared in registers; a line from a random place, many at once and one after the other; and what share of the lesser limit `index.Flat` and plain Go reach with one query, and of comparing alone in a batch. A scan that reads only a part of each code can exceed 100 %.", r.limits())
	section("By radius", "A million codes, "+first+".", r.byRadius())
	out.WriteString("![Time by radius](time-radius.svg)\n\n")
	section("By size", "Uniform codes, radius 8 (64 bit) and 31 (256 bit), "+first+".", r.bySize())
	out.WriteString("![Time by size of the set](time-n.svg)\n\n")
	section("Real hashes", "PDQ at radius 31 and pHash at radius 8 of landscapes of internal/synth: of each four codes, one is of a picture and three of its edits. Queries are edits of pictures of the set, and other pictures.", r.real())
	section("The nearest code", "`Nearest` with k=1 beside `Within` at the headline radius, for queries that have a code within it (hit) and those that have none (miss). `Nearest` goes on until it has found a code, at any distance.", r.nearest())
	section("Views of one picture", "A batch in which every eight queries are views of one picture, at most 10 bits from each other. (Of unrelated queries half have a near code.)", r.views())
	section("Inserts", "100,000 inserts into a set, of which none is merged yet, and a search beside the set alone.", r.mutable())
	section("Two cores", "A batch by the clock, with GOMAXPROCS 1 and 2.", r.cores())
	section("Digests", "Look-ups of keys of 20 bytes one after the other, nanoseconds.", r.keys())
	losses := r.losses()
	if len(losses) == 0 {
		losses = []string{"nothing that was measured"}
	}
	section("What we lose", list(losses), nil)
	section("What was not measured", list(r.unmeasured()), nil)
	return bytes.TrimRight(out.Bytes(), "\n")
}

func list(items []string) string { return "- " + strings.Join(items, "\n- ") }

// byPath is the table of the index by instructions, AVX2 first.
func (r *report) byPath() *table {
	var t table
	columns := []string{"avx2", "avx512", "go"}
	if r.first() == "neon" {
		columns = []string{"neon"}
	}
	names := []string{"set"}
	for _, path := range columns {
		names = append(names, columnName(path))
	}
	names = append(slices.Insert(names, 2, "p99", "mean", "engine"), "goal, "+columnName(columns[0]))
	t.head(names...)
	for _, s := range cells() {
		row := []string{s.String()}
		for i, path := range columns {
			why := ""
			if !slices.ContainsFunc(r.results, func(c result) bool { return c.Path == path }) {
				why = "unmeasured (no " + columnName(path) + " here)"
			}
			c := r.near(path, s, "index")
			row = append(row, or(c, s, why, func(c *result) string {
				single, batch := goalOf(s, path)
				mark := ""
				if slower(c.Single, single) || slower(c.Batch, batch) {
					mark = lost
				}
				return pair(*c) + mark
			}))
			if i == 0 {
				row = append(row, or(c, s, "-", func(c *result) string { return micros(c.P99) }), or(c, s, "-", func(c *result) string { return micros(c.Mean) }), or(c, s, "-", func(c *result) string { return c.Chose }))
			}
		}
		single, batch := goalOf(s, columns[0])
		t.row(append(row, micros(single)+" / "+micros(batch))...)
	}
	return &t
}

// beside is the table of the index beside all others.
func (r *report) beside() *table {
	var t table
	foreign := []string{"FAISS, native flat", "FAISS, native MultiHash", "FAISS, Debian's flat", "FAISS, Debian's MultiHash"}
	t.head(slices.Concat([]string{"set"}, every, foreign, []string{"norouzi/mih", "Meta's PDQ MIH"})...)
	for _, s := range cells() {
		row := []string{s.String()}
		us := r.near(r.first(), s, "index")
		beaten := func(c *result) string {
			mark := ""
			if us != nil && (slower(us.Single, c.Single) || slower(us.Batch, c.Batch)) {
				mark = lost
			}
			return pair(*c) + mark
		}
		for _, name := range every {
			why := ""
			if s.n > 1_000_000 && name == "textbook" {
				why = "not run (memory)"
			}
			row = append(row, or(r.near(r.first(), s, name), s, why, beaten))
		}
		for _, name := range foreign {
			row = append(row, or(r.peer(s, name), s, "unmeasured", beaten))
		}
		t.row(append(row, "unmeasured", "unmeasured")...)
	}
	return &t
}
