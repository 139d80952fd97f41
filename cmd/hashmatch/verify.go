package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newVerify() *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:   "verify FILE.hms...",
		Short: "check every byte of set files",
		Long: `verify reads each set file and checks every byte: checksums, structure, and that
every hash belongs to an entry. It prints "ok", the content's digest and the
name of each sound file, and ends with 4 if any is not.`,
		Args: atLeast(1, "FILE.hms"),
		RunE: func(cmd *cobra.Command, args []string) error {
			worst := exitOK
			for _, path := range args {
				set, err := openSet(path)
				if err != nil {
					printError(cmd.ErrOrStderr(), err)
					worst = max(worst, exitCode(err))
					continue
				}
				digest := set.Digest()
				set.Close()
				if quiet {
					continue
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "ok  %s  %s\n", digest, path); err != nil {
					return err
				}
			}
			if worst != exitOK {
				return &exitError{code: worst}
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "say nothing of sound files")
	return cmd
}
