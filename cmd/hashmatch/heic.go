package main

import (
	"strconv"

	"github.com/spf13/pflag"

	"github.com/hashmatch/engine/cmd/heif"
	"github.com/hashmatch/engine/hashmatch/media"
)

// heicFlags say how HEIC and AVIF are decoded, where the program was built with their decoders.
type heicFlags struct {
	thorough bool
	memory   int64 // MiB
}

const defaultHEICMemory = 768 // MiB

func (f *heicFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.thorough, "thorough-heic", false, "decode HEIC and AVIF in full (seconds each), not their thumbnails alone")
	flags.Int64Var(&f.memory, "heic-memory", defaultHEICMemory, "MiB that their decoders may take; beyond it a picture is too-large")
}

// args is the command line that says the same.
func (f *heicFlags) args() []string {
	return []string{"--thorough-heic=" + strconv.FormatBool(f.thorough), "--heic-memory", strconv.FormatInt(f.memory, 10)}
}

// register makes the decoders known to the library.
func (f *heicFlags) register() error {
	if f.memory < 1 || f.memory > 1<<20 {
		return usagef("--heic-memory %d: it is a number of MiB, from 1 to %d", f.memory, 1<<20)
	}
	if f.thorough && !heif.Built() {
		return usagef("--thorough-heic: %s", heif.Missing)
	}
	for _, d := range heif.Decoders(heif.Options{Thorough: f.thorough, Memory: f.memory << 20}) {
		media.Register(d)
	}
	return nil
}
