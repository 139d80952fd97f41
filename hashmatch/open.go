package hashmatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/hashmatch/engine/hashmatch/internal/mmap"
	"github.com/hashmatch/engine/hashmatch/internal/setfile"
)

// Option changes how a set is opened.
type Option func(*opening)

// opening is what the options ask for.
type opening struct {
	mapped, structureOnly bool
	trust
}

// Mapped makes Open map the file instead of reading it into memory: what is not needed is never read, and programs that
// open the same set share it. What happens to the file meanwhile is met as an error that wraps ErrCorrupt, by whatever is
// asked of the set next, and never ends the program: a file that was cut or written to, a disk or a share that fails. The
// set must be closed; it keeps the file open until then, and on Windows nobody can replace, cut or delete it.
//
// A file that another program writes to is noticed by its size and time only. Where that cannot be ruled out, do not map.
// Where the system has no mappings, the file is read.
func Mapped() Option { return func(o *opening) { o.mapped = true } }

// StructureOnly leaves the contents unchecked: Open then takes as long for any set, together with Mapped a few
// milliseconds. What the header says is checked, and that a signature is one of the set's digest. Whether the contents are
// those that the digest names is not known before Verify has said so, and until then an answer may be wrong where a file
// is damaged; hostile contents make no more of it than that.
func StructureOnly() Option { return func(o *opening) { o.structureOnly = true } }

func newOpening(opts []Option) *opening {
	o := &opening{}
	for _, option := range opts {
		option(o)
	}
	return o
}

// opened is what is known of a set from how it was opened.
type opened struct {
	path    string    // "" when it was opened from bytes
	mapping *mmap.Map // nil when it is in memory
	checked bool      // every byte was
	origin
}

// Open opens the set file at path. Unless options ask for something else it reads the file into memory and checks every
// byte of it: checksums, structure, and that every hash belongs to an entry.
//
// A file that is damaged or cut gives ErrCorrupt, one that is no set file ErrFormat, one of another version of the format
// ErrUnsupported, one that the options do not trust ErrUntrusted, one of more than 32 GiB that is to be read into memory
// ErrLimit; errors of the file system come as they are.
func Open(path string, opts ...Option) (*Set, error) {
	o := newOpening(opts)
	f, size, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %w", err)
	}
	var s *Set
	if o.mapped {
		s, err = o.openMapped(f)
	} else {
		s, err = o.openRead(f, size)
	}
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %s: %w", path, err)
	}
	s.path = path
	return s, nil
}

// openRegular opens a regular file. It looks before it opens, since opening a FIFO would wait for its other end, and
// again afterwards.
func openRegular(path string) (*os.File, int64, error) {
	fault := func(fi os.FileInfo) error { return &os.PathError{Op: "open", Path: path, Err: errNotRegular(fi)} }
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		return nil, 0, fault(fi)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = fault(fi)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, fi.Size(), nil
}

func errNotRegular(fi os.FileInfo) error {
	if fi.IsDir() {
		return errors.New("is a directory")
	}
	return errors.New("is no regular file")
}

// maxFile is the largest set file that is read into memory.
const maxFile = 32 << 30

// openRead takes f over.
func (o *opening) openRead(f *os.File, size int64) (*Set, error) {
	defer f.Close()
	data, err := readWhole(f, size)
	if err != nil {
		return nil, err
	}
	return o.parse(data, nil)
}

// readWhole reads a set file whose head is that of one; what is none is not read.
func readWhole(f io.Reader, size int64) ([]byte, error) {
	head := make([]byte, min(size, setfile.HeadSize))
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, err
	}
	if err := setfile.CheckHead(head, size); err != nil {
		return nil, fmt.Errorf("%w: %w", sentinelOf(err), err)
	}
	if size > maxFile || size > math.MaxInt {
		return nil, fmt.Errorf("%w: %d bytes", ErrLimit, size)
	}
	data := make([]byte, size)
	copy(data, head)
	_, err := io.ReadFull(f, data[len(head):])
	return data, err
}

// openMapped takes f over.
func (o *opening) openMapped(f *os.File) (s *Set, err error) {
	m, err := mmap.File(f)
	switch {
	case errors.Is(err, mmap.ErrTooLong):
		return nil, fmt.Errorf("%w: %w", ErrLimit, err)
	case err != nil:
		return nil, err
	}
	err = m.Guard(func() (err error) {
		s, err = o.parse(m.Bytes(), m)
		return err
	})
	if err != nil {
		m.Close()
		return nil, corruptMapping(err)
	}
	return s, nil
}

// OpenBytes opens a set from the bytes of a set file, with the same checks and options as Open, except that there is
// nothing to map. The set keeps data, which must not change any more.
func OpenBytes(data []byte, opts ...Option) (*Set, error) {
	s, err := newOpening(opts).parse(data, nil)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %w", err)
	}
	return s, nil
}

// parse makes a set of a file's bytes. With a mapping, it is called within its guard.
func (o *opening) parse(data []byte, m *mmap.Map) (*Set, error) {
	f, err := parseContainer(data, m, o.structureOnly)
	if err != nil {
		return nil, err
	}
	from, err := o.trust.check(f)
	if err != nil {
		return nil, err
	}
	s := &Set{digest: f.Digest, data: data, opened: opened{mapping: m, checked: !o.structureOnly, origin: from}}
	if o.structureOnly {
		err = s.decodeSections(f)
	} else {
		err = s.decode(f)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// parseContainer checks what a container says of its sections, and the sections too unless structureOnly.
func parseContainer(data []byte, m *mmap.Map, structureOnly bool) (*setfile.File, error) {
	f, err := setfile.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sentinelOf(err), err)
	}
	if m != nil {
		f.Guard = m.Guard
	}
	if structureOnly {
		err = f.CheckRoot()
	} else {
		err = f.Verify(context.Background())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return f, nil
}

// sentinelOf classes a fault of the container.
func sentinelOf(err error) error {
	switch {
	case errors.Is(err, setfile.ErrVersion), errors.Is(err, setfile.ErrOld), errors.Is(err, setfile.ErrFeature):
		return ErrUnsupported
	case errors.Is(err, setfile.ErrMagic):
		return ErrFormat
	}
	return ErrCorrupt
}

// guard runs what reads bytes of the set, on the goroutine on which it is called, and makes errors of what can happen to
// those of a mapped set: they cannot be read any more, the file was changed, the set is closed. What work has found must
// not be used after an error. Guards may be nested.
func (s *Set) guard(work func() error) error {
	if s.mapping == nil {
		return work()
	}
	err := s.mapping.Guard(work)
	switch {
	case err == nil, errors.Is(err, ErrCorrupt):
		return err
	case errors.Is(err, os.ErrClosed):
		return fmt.Errorf("hashmatch: %s: the set was used after it was closed: %w", s.path, os.ErrClosed)
	case isMapping(err) && s.path == "": // it is being opened, and Open will say the path
		return corruptMapping(err)
	case isMapping(err):
		return fmt.Errorf("hashmatch: %s: %w", s.path, corruptMapping(err))
	}
	return err
}

// corruptMapping classes a fault of a mapping; other errors stay as they are.
func corruptMapping(err error) error {
	if isMapping(err) && !errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

func isMapping(err error) bool {
	return errors.Is(err, mmap.ErrFault) || errors.Is(err, mmap.ErrChanged)
}

// Verify checks every byte, again or for the first time, and joins all faults that it can tell apart.
func (s *Set) Verify() error {
	return s.guard(func() error {
		again, err := (&opening{}).parse(s.data, s.mapping)
		switch {
		case err != nil && s.path != "":
			return fmt.Errorf("hashmatch: %s: %w", s.path, err)
		case err != nil:
			return fmt.Errorf("hashmatch: %w", err)
		case again.digest != s.digest:
			return fmt.Errorf("hashmatch: %w: the content is another than when it was opened", ErrCorrupt)
		}
		return nil
	})
}

// Close ends the use of the set. A query that still runs gets its answer. What was read into memory goes when nothing
// refers to it any more; a mapping is taken down when the last query has ended, and what is asked of its set later gives
// an error that wraps os.ErrClosed.
func (s *Set) Close() error {
	if s.mapping == nil {
		return nil
	}
	if err := s.mapping.Close(); err != nil {
		return fmt.Errorf("hashmatch: %s: %w", s.path, err)
	}
	return nil
}
