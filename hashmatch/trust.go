package hashmatch

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/atomicfile"
)

// trust is what a set must show before it is opened.
type trust struct {
	signed          bool // by one of keys
	keys            []ed25519.PublicKey
	leastGeneration uint64
	detached        []byte // a signature in a file of its own
}

// SignedBy refuses, with ErrUntrusted, a set that bears no signature by one of the keys; without a key, every set.
func SignedBy(keys ...ed25519.PublicKey) Option {
	return func(o *opening) { o.signed, o.keys = true, append(o.keys, keys...) }
}

// LeastGeneration refuses, with ErrUntrusted, a set of an earlier generation, so that nobody can put an old one back. It
// tells something only of a set of which SignedBy said that it is genuine.
func LeastGeneration(n uint64) Option { return func(o *opening) { o.leastGeneration = n } }

// Signature gives the content of a file that Set.Sign has made. A set of which it is not a valid signature is refused with
// ErrUntrusted. SignedBy accepts it like a signature that the set bears itself.
func Signature(text []byte) Option { return func(o *opening) { o.detached = bytes.Clone(text) } }

// origin is what a file says of its origin, checked as far as the options asked for it.
type origin struct {
	generation uint64
	signer     ed25519.PublicKey // whose signature it bears, or came with; nil if nobody's
}

// check decides whether a file may be opened; its root and the signature in it hold.
func (t *trust) check(f *setfile.File) (origin, error) {
	p := origin{generation: f.Generation}
	signatures, err := t.signatures(f)
	if err != nil {
		return p, err
	}
	for _, s := range signatures {
		if p.signer = s.Key[:]; t.knows(s.Key[:]) {
			break
		}
	}
	switch {
	case t.signed && p.signer == nil:
		return p, fmt.Errorf("%w: the set is not signed", ErrUntrusted)
	case t.signed && !t.knows(p.signer):
		return p, fmt.Errorf("%w: the set is signed by key %x, not by one of the %d that are trusted", ErrUntrusted, p.signer, len(t.keys))
	case p.generation < t.leastGeneration:
		return p, fmt.Errorf("%w: the set is of generation %d, an earlier one than %d: an old set was put back, or a new one is missing", ErrUntrusted, p.generation, t.leastGeneration)
	}
	return p, nil
}

func (t *trust) knows(key ed25519.PublicKey) bool {
	for _, k := range t.keys {
		if k.Equal(key) {
			return true
		}
	}
	return false
}

// signatures returns those that hold: the one in the file and the one beside it.
func (t *trust) signatures(f *setfile.File) (list []*setfile.Signature, err error) {
	if s, err := f.Signature(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	} else if s != nil {
		list = append(list, s)
	}
	if t.detached == nil {
		return list, nil
	}
	s := &setfile.Signature{}
	if err := s.UnmarshalText(t.detached); err != nil {
		return nil, fmt.Errorf("%w: signature beside the set: %w", ErrUntrusted, err)
	}
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("%w: signature beside the set: %w", ErrUntrusted, err)
	}
	if s.Root != f.Digest {
		return nil, fmt.Errorf("%w: signature beside the set: it is of set %x, not of %x", ErrUntrusted, s.Root, f.Digest)
	}
	return append(list, s), nil
}

// Generation returns the number that the maker gave this state of the set; 0 if none.
func (s *Set) Generation() uint64 { return s.generation }

// Signer returns the public key by which the set was signed, nil if it was not. Whose it is, and that it is to be trusted,
// is for SignedBy to tell.
func (s *Set) Signer() ed25519.PublicKey { return bytes.Clone(s.signer) }

// Sign returns a signature of the set's digest, as the content of a file that can be kept beside the set's. A set that was
// opened with StructureOnly is verified first: nobody should sign what nobody has checked.
func (s *Set) Sign(key ed25519.PrivateKey) ([]byte, error) {
	if !s.checked {
		if err := s.Verify(); err != nil {
			return nil, err
		}
	}
	signature, err := setfile.Sign(s.digest, key)
	if err != nil {
		return nil, fmt.Errorf("hashmatch: %w", err)
	}
	return signature.MarshalText()
}

// SignFile signs the set file at path, in the file itself, after every byte of it was checked. Its digest stays. The file
// is replaced whole, so that path shows the file without or with the signature, whatever happens; a signature that it had
// before goes.
func SignFile(path string, key ed25519.PrivateKey) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	fail := func(err error) error { return fmt.Errorf("hashmatch: %w", err) }
	parsed, err := setfile.Parse(s.data)
	if err != nil {
		return fail(err)
	}
	signature, err := setfile.Sign(s.digest, key)
	if err != nil {
		return fail(err)
	}
	content, area, err := parsed.Signed(signature)
	if err != nil {
		return fail(err)
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return fail(err)
	}
	defer f.Discard()
	for _, part := range [][]byte{content, area} {
		if _, err := f.Write(part); err != nil {
			return fail(err)
		}
	}
	if err := f.Commit(func(r io.ReadSeeker) error { return holds(r, content, area) }); err != nil {
		return fail(err)
	}
	return nil
}

// holds checks that r holds the parts, and no more.
func holds(r io.Reader, parts ...[]byte) error {
	buffer := make([]byte, 1<<20)
	for _, part := range parts {
		for len(part) > 0 {
			n, err := io.ReadFull(r, buffer[:min(len(part), len(buffer))])
			if err != nil {
				return err
			}
			if !bytes.Equal(buffer[:n], part[:n]) {
				return errors.New("the file holds other bytes than were written")
			}
			part = part[n:]
		}
	}
	if n, err := r.Read(buffer[:1]); n != 0 || err != io.EOF {
		return errors.New("the file holds more bytes than were written")
	}
	return nil
}
