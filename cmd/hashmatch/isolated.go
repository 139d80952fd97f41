package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/cmd/isolate"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// isolated returns what scans hash with: h itself or, with --isolate, a pool of processes that do as h does.
func (f *hashingFlags) isolated(h *media.Hasher) (hasher scan.Hasher, closer func() error, err error) {
	if !f.isolate {
		return h, func() error { return nil }, nil
	}
	pool, err := isolate.New(isolate.Config{
		Kinds: h.Kinds, Limits: h.Limits, Decodes: media.Decodes, Workers: f.workers,
		Command: isolate.Self(f.childArgs(h)...), Memory: f.childWalls(),
	})
	if err != nil {
		return nil, nil, err
	}
	return pool, pool.Close, nil
}

// tellWalls says on standard error which of the walls around decoders are missing on this system.
func (f *hashingFlags) tellWalls(cmd *cobra.Command, hasher scan.Hasher) {
	pool, ok := hasher.(*isolate.Pool)
	if !ok || f.quiet {
		return
	}
	for _, m := range pool.Confinement() {
		if m.Fault != "" {
			fmt.Fprintf(cmd.ErrOrStderr(), "--isolate: a wall is missing on this system, %q: %s\n", m.Name, m.Fault)
		}
	}
}

// childArgs is the command line of a process that decodes as h does.
func (f *hashingFlags) childArgs(h *media.Hasher) []string {
	var kinds []string
	for _, k := range h.Kinds {
		if k.Perceptual() {
			kinds = append(kinds, k.String())
		}
	}
	args := []string{isolate.Verb, "--kinds", strings.Join(kinds, ","), "--views", f.views, "--exact=" + strconv.FormatBool(f.exact)}
	return append(args, f.heic.args()...)
}

// newIsolated is the other end: a process that does nothing but decode what it is sent. People have no use for it.
func newIsolated() *cobra.Command {
	var f hashingFlags
	cmd := &cobra.Command{
		Use:    isolate.Verb,
		Short:  "decode pictures for another process",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			h, err := f.hasher()
			if err != nil {
				return err
			}
			walls := isolate.Confine(f.childWalls())
			in, out := os.Stdin, os.Stdout
			os.Stdout = os.Stderr // a stray print must not get between the answers
			return isolate.Serve(in, out, walls, h.Sum)
		},
	}
	f.add(cmd)
	return cmd
}

// childWalls is what a process that decodes may take in all.
func (f *hashingFlags) childWalls() int64 { return pictureMemory + f.heic.memory<<20 }
