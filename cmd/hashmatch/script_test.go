package main

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/hashmatch/engine/internal/atomicfile"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hashmatch": main})
}

// oneAtATime are the scripts of verbs that do one thing after the other.
var oneAtATime = []string{
	"build.txtar", "compare.txtar", "comparesets.txtar", "csv.txtar", "deny.txtar", "export.txtar", "lint.txtar", "platforms.txtar", "report.txtar",
	"sets.txtar", "usage.txtar",
}

// The scripts of testdata/script are the tool's promises, one file for each verb.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	testkit.AtLeast(t, 20, len(files), "scripts")
	if testkit.Race && testing.Short() {
		all := len(files)
		files = slices.DeleteFunc(files, func(f string) bool { return slices.Contains(oneAtATime, filepath.Base(f)) })
		t.Logf("%d scripts left out with -short: their verbs have no goroutines to race", all-len(files))
		testkit.AtLeast(t, 9, len(files), "scripts")
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       cmdExits,
			"picture":     cmdPicture,
			"pictures":    cmdPictures,
			"edited":      cmdEdited,
			"change":      cmdChange,
			"cut":         cmdCut,
			"append":      cmdAppend,
			"database":    cmdDatabase,
			"claim":       cmdClaim,
			"gzipped":     cmdGzipped,
			"halfway":     cmdHalfway,
			"temporaries": cmdTemporaries,
		},
	})
}

// cmdExits is "exits CODE PROGRAM ARGS...": it runs a program that must end with the given code.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%v ends with %d, not %d", args[1:], got, want)
	}
}

var styles = map[string]synth.Style{"landscape": synth.Landscape, "flat": synth.Flat, "text": synth.Text, "shapes": synth.Shapes}

// cmdPicture is "picture STYLE SEED FORMAT FILE": it makes a benign picture.
func cmdPicture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: picture STYLE SEED FORMAT FILE")
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[3]))
	ts.Check(err)
	ts.Check(synth.Encode(f, synth.Picture(styles[args[0]], seed, 240, 180), args[2]))
	ts.Check(f.Close())
}

// cmdEdited is "edited EDIT SEED FORMAT FILE": it makes an altered copy of a landscape, by one of synth.Edits.
func cmdEdited(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: edited EDIT SEED FORMAT FILE")
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	for _, e := range synth.Edits() {
		if e.Name != args[0] {
			continue
		}
		f, err := os.Create(ts.MkAbs(args[3]))
		ts.Check(err)
		ts.Check(synth.Encode(f, e.Apply(synth.Picture(synth.Landscape, seed, 240, 180)), args[2]))
		ts.Check(f.Close())
		return
	}
	ts.Fatalf("there is no edit %s", args[0])
}

// cmdPictures is "pictures N DIR": it makes N benign pictures.
func cmdPictures(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pictures N DIR")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs(args[1]), 0o755))
	for i := range n {
		cmdPicture(ts, false, []string{"landscape", strconv.Itoa(i), "jpeg", filepath.Join(args[1], strconv.Itoa(i)+".jpg")})
	}
}

// cmdChange is "change FILE OFFSET": it flips a bit of the byte at the offset; a negative one counts from the end.
func cmdChange(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: change FILE OFFSET")
	}
	data := []byte(ts.ReadFile(args[0]))
	i, err := strconv.Atoi(args[1])
	ts.Check(err)
	if i < 0 {
		i += len(data)
	}
	data[i] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// cmdClaim is "claim SIDE FILE": it makes a GIF of a few bytes that claims SIDE x SIDE pixels.
func cmdClaim(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: claim SIDE FILE")
	}
	side, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	both := string(binary.LittleEndian.AppendUint16(nil, uint16(side)))
	both += both
	gif := "GIF89a" + both + "\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00" + both + "\x00\x02\x02\x4c\x01\x00;"
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(gif), 0o600))
}

// cmdAppend is "append FILE TEXT": it adds bytes to the end of a file.
func cmdAppend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: append FILE TEXT")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append(data, args[1]...), 0o600))
}

// cmdDatabase is "database FILE": it copies a small NSRL v3 database.
func cmdDatabase(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: database FILE")
	}
	data, err := os.ReadFile(filepath.Join("testdata", "nsrl.db"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o400))
}

// cmdCut is "cut FILE LENGTH": it keeps the first bytes of a file.
func cmdCut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE LENGTH")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), int64(n)))
}

// cmdHalfway is "halfway SIGNAL PROGRAM ARGS...": it runs a program that tells its progress on standard error, and sends
// it the signal (int or kill) when it does so first. It fails if the program was through by then. What the program wrote on
// standard error is left in halfway.txt.
func cmdHalfway(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: halfway SIGNAL PROGRAM ARGS...")
	}
	path, err := exec.LookPath(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], args[1]))
	ts.Check(err)
	cmd := exec.Command(path, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	first := make([]byte, 1)
	if _, err := out.Read(first); err != nil {
		ts.Fatalf("the program was through before it could be stopped: %v, %v", err, cmd.Wait())
	}
	ts.Check(cmd.Process.Signal(map[string]os.Signal{"int": os.Interrupt, "kill": os.Kill}[args[0]]))
	rest, err := io.ReadAll(out)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("halfway.txt"), append(first, rest...), 0o600))
	err = cmd.Wait()
	if want := map[string]string{"int": "exit status 130", "kill": "signal: killed"}[args[0]]; err == nil || err.Error() != want {
		ts.Fatalf("the program ended with %v, not %s", err, want)
	}
}

// cmdTemporaries is "temporaries DIR": it fails if a temporary file was left in DIR.
func cmdTemporaries(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: temporaries DIR")
	}
	pattern := filepath.Join(ts.MkAbs(args[0]), ".*.tmp")
	left, err := filepath.Glob(pattern)
	ts.Check(err)
	if len(left) == 0 {
		return
	}
	probe, err := atomicfile.Create(ts.MkAbs(filepath.Join(args[0], "probe")))
	ts.Check(err)
	defer probe.Discard()
	if now, _ := filepath.Glob(pattern); len(now) > len(left) {
		ts.Logf("this file system knows no files without a name: a killed program leaves one behind")
		return
	}
	ts.Fatalf("left behind: %v", left)
}
