// Hashmatch tells which files on lawfully seized media are known, without ever showing a picture.
//
// Each verb stands in a file of its own. Answers go to standard output, all else to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// The exit codes. Of several that apply, 4 goes before 3, and 3 before 10: an answer that is not whole is never told as one.
const (
	exitOK          = 0
	exitFatal       = 1   // missing path, refused document
	exitUsage       = 2   // the command line makes no sense
	exitTrouble     = 3   // finished, but some file or record could not be examined or taken
	exitIncomplete  = 4   // an incomplete answer, or a set that is not whole and healthy
	exitMatches     = 10  // matches were found, with --exit-match
	exitInterrupted = 130 // stopped by the user
)

// exitError carries an exit code with its error; a nil error says nothing more than was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef is an error of the command line.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// exitCode classes an error that no verb has given a code.
func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, hashmatch.ErrIncomplete):
		return exitIncomplete
	}
	return exitFatal
}

// run is the program, and what tests call.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second interrupt ends the program at once, whatever it waits for
	return runContext(ctx, args, stdin, stdout, stderr)
}

// runContext is the program, which ends when ctx does.
func runContext(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	verb, err := root.ExecuteContextC(ctx)
	code := exitCode(err)
	if err != nil && err.Error() != "" {
		printError(stderr, err)
		if code == exitInterrupted {
			fmt.Fprintln(stderr, harmless(lastWords(verb)))
		}
	}
	return code
}

// lastWords says what an interrupted verb leaves.
func lastWords(verb *cobra.Command) string {
	if out := verb.Flags().Lookup("output"); out != nil && out.Value.String() != "" && out.Value.String() != "-" {
		return fmt.Sprintf("interrupted; %s was not touched", out.Value)
	}
	return "interrupted; what was printed is no whole answer"
}

// printError prints an error behind the program's name, which errors of the library begin with already.
func printError(w io.Writer, err error) {
	fmt.Fprintf(w, "hashmatch: %s\n", harmless(strings.TrimPrefix(err.Error(), "hashmatch: ")))
}

// harmless returns a text of several lines in which nothing drives a terminal. Errors hold names from seized media.
func harmless(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' || r == '\\' {
			b.WriteRune(r)
		} else {
			b.WriteString(report.Visible(string(r)))
		}
	}
	return b.String()
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "hashmatch",
		Short: "tell which files are known, without showing a picture",
		Long: `hashmatch computes exact and perceptual hashes of media, searches them in sets of
known hashes, and reports what it found without ever showing a picture.

See it work:       hashmatch demo
Make a set:        hashmatch hash DIR | hashmatch build -o my.hms --name my --disposition known-bad -
Look for it:       hashmatch scan --set my.hms -o results.jsonl /mnt/evidence
Read the result:   hashmatch report --format html -o report.html results.jsonl

Exit codes: 0 complete; 1 fatal (missing path, refused document); 2 usage;
3 finished, but a file was denied, io-error, changed, too-large, timeout, crashed,
corrupt or partial, or records were refused; 4 incomplete answer, or a set that is
not whole and healthy; 10 matches found (--exit-match); 130 interrupted. Of 3, 4
and 10 that apply, 4 goes before 3, and 3 before 10.`,
		Version:       toolVersion(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no verb %q (see hashmatch --help)", args[0])
			}
			return nil
		},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%v (see %s --help)", err, cmd.CommandPath())
	})
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages |", ".FlagUsagesWrapped 80 |"))
	root.AddCommand(
		newDemo(), newHash(), newBuild(), newInfo(), newVerify(), newMatch(), newScan(), newReport(), newVersion(),
		newCalibrate(), newCompare(), newDupes(), newLint(), newExport(),
		newIsolated(),
	)
	return root
}

// atLeast is a check of the number of arguments.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usagef("%s is missing (see %s --help)", what, cmd.CommandPath())
		}
		return nil
	}
}

// exactly is a check of the number of arguments.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("one argument too many: %q (see %s --help)", args[n], cmd.CommandPath())
		}
		return atLeast(n, what)(cmd, args)
	}
}
