package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/cmd/heif"
	"github.com/hashmatch/engine/hashmatch/media"
)

// toolVersion is the version that the build knows of itself.
func toolVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version of the program and of what it was built with",
		Args:  exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			heic := "HEIC and AVIF decoded"
			if !heif.Built() {
				heic = heif.Missing
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "hashmatch %s (%s, %s/%s)\ndigests by the %s way; %s\n",
				toolVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, media.DigestWay(), heic)
			return err
		},
	}
}
