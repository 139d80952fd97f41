// Package setfile reads and writes the container of a set file: a header that tells of sections, the sections, a checksum
// for each block, a root hash that names all of it, and room for a signature of the root. It knows nothing of what the
// sections mean. doc/format.md describes it byte by byte.
package setfile

import (
	"crypto/sha256"
	"errors"
)

// Version is the version of the format that this package writes and reads.
const Version = 1

// Sizes in bytes.
const (
	headerSize = 4096
	rowsAt     = 64 // where the rows of the sections start
	rowSize    = 24 + sha256.Size
	crcAt      = headerSize - crcSize // of the header
	crcSize    = 4
	align      = 64      // of sections
	blockSize  = 1 << 20 // what one CRC-32C covers
	rootSize   = sha256.Size
)

// MaxSections is how many sections a file can have: as many as its header has rows for.
const MaxSections = (crcAt - rowsAt) / rowSize

// Magic begins every set file. Its bytes catch the usual damage by text-mode transfers: the eighth bit stripped, CR LF
// turned into LF, LF turned into CR LF, and a DOS end-of-file mark.
const Magic = "\x89HMS\r\n\x1a\n"

// The faults of a file.
var (
	ErrEmpty     = errors.New("the file is empty")
	ErrMagic     = errors.New("not a set file")
	ErrVersion   = errors.New("written by a newer version of the program")
	ErrOld       = errors.New("written by an older version of the program, in a form that is no longer read")
	ErrFeature   = errors.New("needs a feature that this version of the program does not have")
	ErrTruncated = errors.New("cut short")
	ErrChecksum  = errors.New("checksum does not match")
	ErrLayout    = errors.New("layout is not as the format demands")
	ErrSignature = errors.New("the signature does not hold")
)

// Passable is the flag of a section that a reader who does not know its ID may pass over. All other flags are for later
// versions, and a file that has them is refused.
const Passable = 1

// Section is one part of a file. Data of a parsed section aliases the file's bytes.
type Section struct {
	ID    uint32 // unique in a file; sections stand in ascending order
	Flags uint32
	Data  []byte
	Parts [][]byte // for Write: what follows Data, so that nothing need be copied together
}

func (s *Section) size() (n uint64) {
	n = uint64(len(s.Data))
	for _, p := range s.Parts {
		n += uint64(len(p))
	}
	return n
}

// Header is what a file says of itself beside its sections.
type Header struct {
	Generation uint64 // of the set: a later one replaces an earlier one, never the other way round
	Optional   uint32 // flags of features that a reader may ignore; none is defined
}

// File is a parsed file.
type File struct {
	Header
	Sections []Section
	Digest   [rootSize]byte // the root: what names this file's content

	// Guard, when not nil, runs the work of each goroutine that Verify starts. It is for bytes whose reading can fail.
	Guard func(work func() error) error

	data   []byte
	layout *layout
}
