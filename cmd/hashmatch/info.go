package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
)

// setInfo is what info tells about a set.
type setInfo struct {
	File        string                 `json:"file"`
	Name        string                 `json:"name"`
	Disposition hashmatch.Disposition  `json:"disposition"`
	Description string                 `json:"description,omitempty"`
	Scheme      *hashmatch.Scheme      `json:"scheme,omitempty"`
	Digest      string                 `json:"digest"`
	Entries     int                    `json:"entries"`
	Hashes      map[hashmatch.Kind]int `json:"hashes"`
	Inputs      []hashmatch.Input      `json:"inputs,omitempty"`
	NoPrivate   bool                   `json:"private_left_out,omitempty"`
	Searches    []hashmatch.Search     `json:"searches"`
	Warnings    []string               `json:"warnings,omitempty"`
}

func newInfo() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "info FILE.hms...",
		Short: "tell what a set holds and how it would be searched",
		Args:  atLeast(1, "FILE.hms"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, path := range args {
				in, err := describeSet(path)
				if err != nil {
					return err
				}
				if asJSON {
					err = printJSON(cmd.OutOrStdout(), in)
				} else {
					err = in.print(cmd.OutOrStdout())
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func describeSet(path string) (*setInfo, error) {
	set, err := openSet(path)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	m, err := hashmatch.NewMatcher(hashmatch.Config{}, set)
	if err != nil {
		return nil, err
	}
	info := set.Info()
	in := &setInfo{
		File: path, Name: info.Name, Disposition: info.Disposition, Description: info.Description, Scheme: info.Scheme,
		Digest: set.Digest(), Entries: set.Len(), Hashes: map[hashmatch.Kind]int{}, Searches: m.Searches(), Warnings: m.Warnings(),
		Inputs: info.Inputs, NoPrivate: info.PrivateLeftOut,
	}
	for _, k := range hashmatch.Kinds() {
		if n := set.Hashes(k); n > 0 {
			in.Hashes[k] = n
		}
	}
	return in, nil
}

func (in *setInfo) print(w io.Writer) error {
	fmt.Fprintf(w, "%s\n  name         %s\n  disposition  %s\n", in.File, in.Name, in.Disposition)
	if in.Description != "" {
		fmt.Fprintf(w, "  description  %s\n", in.Description)
	}
	fmt.Fprintf(w, "  digest       %s\n  entries      %d\n", in.Digest, in.Entries)
	for _, k := range hashmatch.Kinds() {
		if n := in.Hashes[k]; n > 0 {
			fmt.Fprintf(w, "  %-12s %d%s\n", k, n, in.use(k))
		}
	}
	for _, from := range in.Inputs {
		fmt.Fprintf(w, "  from         %s (%s): %d records read, %d kept\n", from.Name, from.Format, from.Read, from.Kept)
		if from.Digest != "" {
			fmt.Fprintf(w, "               sha256 %s\n", from.Digest)
		}
	}
	if in.NoPrivate {
		fmt.Fprintln(w, "  PhotoDNA values and comments were left out")
	}
	for _, warning := range in.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", warning)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// use says how a kind of the set takes part in matching.
func (in *setInfo) use(k hashmatch.Kind) string {
	for _, s := range in.Searches {
		if s.Kind != k {
			continue
		}
		if k.Digest() {
			return ": exact"
		}
		text := fmt.Sprintf(": near, radius %d (%s)", s.Radius, s.Why)
		if s.Gated > 0 {
			text += fmt.Sprintf("; %d below the quality gate never match", s.Gated)
		}
		return text
	}
	return ": not matched by alone (name it with --radius to ask for it)"
}
