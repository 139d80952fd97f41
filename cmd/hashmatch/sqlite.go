package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/cmd/sqlitein"
	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// isDatabase reports whether a file is a SQLite database, without reading on in it.
func isDatabase(f *os.File) bool {
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return false
	}
	head := make([]byte, len(sqlitein.Magic))
	n, _ := f.ReadAt(head, 0)
	return sqlitein.Is(head[:n])
}

// readDatabase reads a SQLite database; on a terminal it tells how many rows were read, which may be hundreds of millions.
func readDatabase(cmd *cobra.Command, path string, quiet bool, add func(hashmatch.Entry) error) (exchange.Report, error) {
	w := cmd.ErrOrStderr()
	if quiet || !isTerminal(w) {
		return sqlitein.Read(cmd.Context(), path, add, nil)
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("rows"), progressbar.OptionThrottle(90*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionUseANSICodes(true))
	defer bar.Finish()
	return sqlitein.Read(cmd.Context(), path, add, func(rows int64) { bar.Set64(rows) })
}
