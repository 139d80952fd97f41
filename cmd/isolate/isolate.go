// Package isolate decodes pictures in processes of their own, so that what a hostile file can do to a decoder costs that
// file's answer and nothing else.
//
// A Pool is the parent's side and a drop-in for media.Hasher: it reads a file, computes its digests and recognises its
// format itself, and sends the bytes of pictures to a child on the way. The child hands back hashes, quality, sides and
// the decoder's name, or an error; pixels have no place in what it can say. The parent decodes nothing: for trimmed digests
// it looks for a picture's end marker. Serve is the child's side; Confine puts walls around it first:
//
//	// the parent
//	pool, err := isolate.New(isolate.Config{Command: isolate.Self("isolated"), Memory: memory})
//	...
//	defer pool.Close()
//	fp, err := pool.Sum(ctx, file)
//
//	// the child, which is the same program called as "hashmatch isolated"
//	walls := isolate.Confine(memory)
//	in, out := os.Stdin, os.Stdout
//	os.Stdout = os.Stderr // a stray Print must not get between the answers
//	return isolate.Serve(in, out, walls, hasher.Sum)
//
// # What is promised
//
// The fingerprint is that of a media.Hasher in one process. A child that crashes, ends, hangs, fills its memory, is
// killed, or answers with anything but a proper answer is ended; the file gets its digests and an error, and the next
// file a fresh child. The parent allocates a bounded amount whatever a child sends. No child outlives the Pool. None
// outlives the parent either, however that ends: a child sees its input end, and on Linux and Windows the system ends even
// one that does not look.
//
// A child opens no file: it gets bytes through a pipe, a minimal environment, and an empty command line but for its own
// arguments. See Confine for the walls of each system.
//
// What is not promised: a file that takes over a child can make it lie about that file, and about those that the same
// child gets after it. Config.Files set to 1 gives each file a child of its own.
package isolate

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// ErrClosed is the error of a Pool that was closed, before or during a call.
var ErrClosed = errors.New("isolate: the pool is closed")

// leastMemory is what a child can start to decode with.
const leastMemory = 16 << 20

// Config says what children there are. A zero field means its default.
type Config struct {
	// Kinds are the kinds to compute, as in media.Hasher; none means those of media.Default. Digests are computed by the
	// parent. The children must be told of the perceptual ones by Command. If there are none, there are no children.
	Kinds []hashmatch.Kind
	// Extras are the names of values that the children compute by media.Hasher.Algorithms, each of at most 4 KiB.
	Extras []string
	// Limits are the parent's, which holds files for their trimmed digests. FileBytes should be the children's.
	Limits media.Limits
	// Decodes reports whether the children have a decoder for a format, so that files of others, videos above all, are
	// not sent for nothing. It may be called concurrently. Nil: every format that is recognised is sent.
	Decodes func(format string) bool
	// Command returns the command of a child, which is to call Confine with Memory and then Serve. It is not called
	// concurrently. Its Stdin, Stdout, Stderr and SysProcAttr are set by the Pool; it inherits no environment but has what
	// its Env names. Default: Self(Verb, M), where M is Memory in decimal.
	Command func() *exec.Cmd
	// Workers is the most children at a time; as many as a scan has workers is right. They are started as they are
	// needed. Default: one for each processor that Go uses.
	Workers int
	// Memory is how many bytes each child may use, at least 16 MiB: the value given to Confine. It should be more than
	// the child's own media.Limits, which tell a large picture from a broken decoder. Default: 1 GiB.
	Memory int64
	// Time is how long a child may take for a file from its last byte on, and how long it may keep the parent waiting
	// before that, at 16 MiB a second besides. The reader's own time does not count. It should be more than the child's
	// own limit, which tells more. Default: 45 s.
	Time time.Duration
	// Files is how many files a child gets before a fresh one takes its place. Default: 1000.
	Files int
}

// Verb is the argument that makes this program a child, by default.
const Verb = "isolated"

// Self returns the command of this program with arguments. Where the system can, that is the program as it runs, even if
// its file was replaced in the meantime. The child's directory is the root, so that it holds no file system of a case.
func Self(args ...string) func() *exec.Cmd {
	path, err := "/proc/self/exe", error(nil)
	if _, missing := os.Stat(path); missing != nil {
		path, err = os.Executable()
	}
	root := filepath.VolumeName(path) + string(filepath.Separator)
	return func() *exec.Cmd {
		return &exec.Cmd{Path: path, Args: append([]string{"hashmatch"}, args...), Dir: root, Err: err}
	}
}

func (c Config) withDefaults() Config {
	if len(c.Kinds) == 0 {
		c.Kinds = media.Default()
	}
	if c.Decodes == nil {
		c.Decodes = func(string) bool { return true }
	}
	c.Memory = cmp.Or(c.Memory, 1<<30)
	if c.Command == nil {
		c.Command = Self(Verb, strconv.FormatInt(c.Memory, 10))
	}
	c.Workers = cmp.Or(c.Workers, runtime.GOMAXPROCS(0))
	c.Time = cmp.Or(c.Time, 45*time.Second)
	c.Files = cmp.Or(c.Files, 1000)
	return c
}

// check returns an error that wraps ErrFormat for a value out of range, and ErrUnsupported for a kind that cannot be
// computed.
func (c Config) check() error {
	if c.Workers < 0 || c.Time < 0 || c.Files < 0 || c.Memory < leastMemory || c.Memory > 1<<50 {
		return fmt.Errorf("isolate: %w: %d workers, %d bytes, %s, %d files", hashmatch.ErrFormat, c.Workers, c.Memory, c.Time, c.Files)
	}
	h := media.Hasher{Kinds: c.Kinds, Limits: c.Limits}
	return h.Check()
}
