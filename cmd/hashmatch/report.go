package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch/report"
)

func newReport() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report [--format html|csv] [-o OUT] RESULTS.jsonl|-",
		Short: "turn the results of a scan into a page or a table",
		Long: `report reads what scan wrote and makes of it one HTML page, without any picture,
or a CSV table with one row for each file. Results that are cut short or do not
add up make no report (exit 4).`,
		Args: exactly(1, "RESULTS.jsonl"),
		RunE: func(cmd *cobra.Command, args []string) error { return runReport(cmd, format, out, args[0]) },
	}
	cmd.Flags().StringVar(&format, "format", "html", "html or csv")
	cmd.Flags().StringVarP(&out, "output", "o", "-", "where to write; replaced only when the new one is whole")
	return cmd
}

// reportWriters are the forms of a report.
var reportWriters = map[string]func(io.Writer, *report.Reader) error{"html": report.HTML, "csv": report.CSV}

func runReport(cmd *cobra.Command, format, out, results string) error {
	write, ok := reportWriters[format]
	if !ok {
		return usagef("--format %s: html or csv", format)
	}
	if err := notAnInput(out, results); err != nil {
		return err
	}
	in := cmd.InOrStdin()
	if results != "-" {
		f, err := openInput(cmd.Context(), results)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return writeReport(cmd, write, &contextReader{cmd.Context(), in}, out)
}

// writeReport writes one report; nothing stands under out's name unless all of it does.
func writeReport(cmd *cobra.Command, write func(io.Writer, *report.Reader) error, results io.Reader, out string) error {
	r, err := report.Read(results)
	if err != nil {
		return err
	}
	o, err := openOutput(cmd, out)
	if err != nil {
		return err
	}
	defer o.discard()
	if err := write(o, r); err != nil {
		return err
	}
	return o.commit()
}
