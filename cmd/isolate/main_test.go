package isolate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// roleVariable makes this test program a child: "plain", "confined" or one of the roles below.
const roleVariable = "HASHMATCH_ISOLATE_TEST"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// as returns the command of this test program in a role.
func as(role string, args ...string) func() *exec.Cmd {
	self := Self(args...)
	return func() *exec.Cmd {
		cmd := self()
		cmd.Env = []string{roleVariable + "=" + role}
		return cmd
	}
}

// moreRoles are roles of one system: functions that put up some walls.
var moreRoles = map[string]func() Confinement{}

// play is the main function of a role.
func play(role string, args []string) int {
	var walls Confinement
	switch role {
	case "plain":
	case "light":
		decoding.Views = media.Light
	case "confined":
		memory, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			panic(err)
		}
		walls = Confine(memory)
	case "parent":
		return parent()
	case "replaced":
		return replaced()
	case "foreign":
		fmt.Println("usage: some other program")
		return 0
	case "future":
		writeFrame(os.Stdout, hello{protocol + 1, nil})
		time.Sleep(time.Hour)
	case "stillborn":
		fmt.Fprintln(os.Stderr, "stillborn: no such verb")
		return 2
	default:
		walls = moreRoles[role]()
	}
	if err := Serve(os.Stdin, os.Stdout, walls, obey); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// An order is a file that looks like a PNG and tells the child what to do; see obey.
const orderMagic = "\x89PNG\r\n\x1a\norder:"

func order(name string) string { return orderMagic + name + "\n" }

// obey does what an order says and hashes everything else.
func obey(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	head := make([]byte, len(orderMagic)+20)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return hashmatch.Fingerprint{}, err
	}
	head = head[:n]
	if rest, ok := strings.CutPrefix(string(head), orderMagic); ok {
		name, _, _ := strings.Cut(rest, "\n")
		if !strings.HasPrefix(name, "early ") {
			if _, err := io.Copy(io.Discard, r); err != nil {
				return hashmatch.Fingerprint{}, err
			}
		}
		do, ok := orders[name]
		if !ok {
			panic("no order " + name)
		}
		return do(ctx)
	}
	return decoding.Sum(ctx, rest{io.MultiReader(bytes.NewReader(head), r), n, r})
}

// decoding is what a child decodes with: like new(media.Hasher), without the digests.
var decoding = media.Hasher{Kinds: []hashmatch.Kind{hashmatch.PDQ, hashmatch.AHash, hashmatch.DHash, hashmatch.PHash}}

// rest keeps the hint of the reader that stands behind a multi-reader.
type rest struct {
	io.Reader
	n int
	r io.Reader
}

func (r rest) Len() int { return r.n + r.r.(interface{ Len() int }).Len() }

type command = func(context.Context) (hashmatch.Fingerprint, error)

var sink [][]byte

// die is an order that does not come back.
func die(f func()) command {
	return func(context.Context) (hashmatch.Fingerprint, error) {
		f()
		panic("it came back")
	}
}

// say is an order that fails with err.
func say(err error) command {
	return func(context.Context) (hashmatch.Fingerprint, error) { return hashmatch.Fingerprint{}, err }
}

// babble is an order that writes to the parent by itself and then waits.
func babble(text string) command {
	return die(func() {
		os.Stdout.WriteString(text)
		time.Sleep(time.Hour)
	})
}

var orders = map[string]command{
	"panic":     die(func() { panic("index 7 of 3 in /home/examiner/decoder.go") }),
	"nil":       die(func() { var p *int; *p = 1 }),
	"goroutine": die(func() { go func() { panic("in another goroutine") }(); time.Sleep(time.Hour) }),
	"exit":      die(func() { os.Exit(7) }),
	"exit well": die(func() { os.Exit(0) }),
	"hang":      die(func() { select {} }),
	"spin": die(func() {
		for {
			sink = nil
		}
	}),
	"stack": die(func() { sink = append(sink, filled(recurse(1))) }),
	"big":   die(func() { sink = append(sink, make([]byte, 1<<30<<(^uint(0)>>63*10))) }),
	"many": die(func() {
		for {
			sink = append(sink, filled(1<<20))
		}
	}),
	"small": die(func() {
		for {
			sink = append(sink, filled(200))
		}
	}),
	"loud": die(func() {
		for range 1000 {
			os.Stderr.WriteString(strings.Repeat("x", 10_000))
		}
		os.Exit(9)
	}),
	"lines":      die(func() { os.Stderr.WriteString("one\ntwo at C:\\cases\\7 \x1b[31m\n\n"); os.Exit(9) }),
	"early exit": die(func() { os.Exit(8) }),
	"early hang": die(func() { time.Sleep(time.Hour) }),
	"early slow": die(func() {
		for {
			os.Stdin.Read(make([]byte, 4096))
			time.Sleep(20 * time.Millisecond)
		}
	}),
	"early stdin": die(func() { os.Stdin.Close(); time.Sleep(time.Hour) }),
	"stdout":      die(func() { os.Stdout.Close(); select {} }),
	"garbage":     babble("Segmentation fault, or so\n"),
	"huge":        babble("\xff\xff\xff\x7f{"),
	"large":       babble("\x01\x00\x04\x00{" + strings.Repeat(" ", 300_000)),
	"not JSON":    babble("\x04\x00\x00\x00nope"),
	"partial":     babble("\x40\x00\x00\x00{\"serial\":1"),
	"cut":         die(func() { os.Stdout.WriteString("\x40\x00\x00\x00{"); os.Exit(0) }),
	"other file":  babble("\x10\x00\x00\x00{\"serial\":12345}"),
	"keys":        babble("\x18\x00\x00\x00{\"serial\":1,\"pixels\":[1]}"),
	"corrupt":     say(fmt.Errorf("media: png: row 7: %w", hashmatch.ErrCorrupt)),
	"unsupported": say(fmt.Errorf("media: png: %w: %w", hashmatch.ErrUnsupported, errors.New("of its own"))),
	"limit":       say(fmt.Errorf("media: png: %w", hashmatch.ErrLimit)),
	"timeout":     say(fmt.Errorf("media: png: %w", context.DeadlineExceeded)),
	"crashed":     say(fmt.Errorf("media: png: %w: index 7 of 3", hashmatch.ErrCrashed)),
	"classless":   say(fmt.Errorf("something%c else%c", 0, 7)),
	"textless":    say(errors.New("")),
	"long":        say(errors.New(strings.Repeat("ü", 5000))),
	"digests": func(context.Context) (hashmatch.Fingerprint, error) {
		h, err := hashmatch.NewHash(hashmatch.MD5, make([]byte, 16))
		return hashmatch.Fingerprint{Hashes: []hashmatch.PictureHash{{Hash: h, View: hashmatch.Upright}}}, err
	},
	"most": func(context.Context) (hashmatch.Fingerprint, error) {
		for range 20 {
			sink = nil
			for range 80 {
				sink = append(sink, filled(1<<20))
			}
		}
		sink = nil
		return hashmatch.Fingerprint{}, nil
	},
	"pid": func(context.Context) (hashmatch.Fingerprint, error) {
		return hashmatch.Fingerprint{Width: os.Getpid()}, nil
	},
	"environment": func(context.Context) (hashmatch.Fingerprint, error) {
		dir, err := os.Getwd()
		return hashmatch.Fingerprint{}, errors.Join(err, fmt.Errorf("%q in %q", os.Environ(), dir))
	},
	"escape": escape,
}

// replaced is the role of a program whose file is removed while it runs.
func replaced() int {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	if err := os.Remove(exe); err != nil {
		panic(err)
	}
	p, err := New(Config{Command: as("plain"), Workers: 1})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	if _, err := p.Sum(context.Background(), strings.NewReader(order("pid"))); err != nil {
		panic(err)
	}
	fmt.Println("still there")
	return 0
}

func filled(n int) []byte { return bytes.Repeat([]byte{1}, n) }

func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return recurse(n+1) + 1
}

// newPool returns a Pool that the test closes at its end.
func newPool(t testing.TB, c Config) *Pool {
	t.Helper()
	if c.Command == nil {
		c.Command = as("plain")
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if len(p.all) > 0 {
			t.Errorf("%d children are left", len(p.all))
		}
	})
	return p
}
