package setfile

import (
	"context"
	"errors"
	"fmt"
)

// Parse cuts data into its sections, which alias it. It reads the header and the end of the file only, and checks what
// those say of the layout, so it takes no longer for a longer file. CheckRoot and Verify check the rest.
func Parse(data []byte) (*File, error) {
	l, err := parseHead(data[:min(len(data), headerSize)], uint64(len(data)))
	if err != nil {
		return nil, err
	}
	f := &File{Header: l.Header, Sections: make([]Section, len(l.rows)), data: data, layout: l}
	for i := range l.rows {
		r := &l.rows[i]
		end := r.offset + r.length
		f.Sections[i] = Section{ID: r.id, Flags: r.flags, Data: data[r.offset:end:end]}
	}
	copy(f.Digest[:], data[l.rootAt():])
	return f, nil
}

// CheckRoot checks that header and table of CRCs are those that the root names, and that the file is either unsigned or
// bears a valid signature of the root. What it takes does not grow with the sections, and after it what they should hold
// is certain.
func (f *File) CheckRoot() error {
	var faults []error
	if rootOf(f.data[:headerSize], f.table()) != f.Digest {
		faults = append(faults, fmt.Errorf("offset %d: root (SHA-256 of header and CRCs): %w", f.layout.rootAt(), ErrChecksum))
	}
	if _, err := f.Signature(); err != nil {
		faults = append(faults, fmt.Errorf("offset %d: %w", f.layout.areaAt(), err))
	}
	return errors.Join(faults...)
}

func (f *File) table() []byte { return f.data[f.layout.end:f.layout.rootAt()] }

// Verify checks every byte, on all cores: blocks, sections, padding, root and signature. All faults are told, joined, each
// with its place. Any difference from a file that Write made (and one of a key's holders signed) is a fault.
func (f *File) Verify(ctx context.Context) error {
	l := f.layout
	c := &content{layout: l, pieces: []piece{{0, f.data[:headerSize], -1}}}
	var faults []error
	for i := range l.rows {
		r := &l.rows[i]
		c.pieces = append(c.pieces, piece{r.offset, f.Sections[i].Data, i})
		end := r.offset + r.length
		if err := checkZero(f.data, end, r.offset+padded(r.length)); err != nil {
			faults = append(faults, fmt.Errorf("behind section %#x: %w", r.id, err))
		}
	}
	s, err := c.sum(ctx, f.Guard)
	if err != nil {
		return err
	}
	faults = append(faults, f.compareSections(s)...)
	faults = append(faults, f.compareBlocks(s)...)
	if err := f.CheckRoot(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

func (f *File) compareSections(s *sums) (faults []error) {
	for i := range f.layout.rows {
		if r := &f.layout.rows[i]; s.sections[i] != r.sum {
			faults = append(faults, fmt.Errorf("section %#x, bytes %d to %d: SHA-256: %w", r.id, r.offset, r.offset+r.length, ErrChecksum))
		}
	}
	return faults
}

// compareBlocks tells of bad blocks, those that follow each other together: a file that lost its second half must not give
// thousands of lines.
func (f *File) compareBlocks(s *sums) (faults []error) {
	table := f.table()
	bad := func(i int) bool { return s.blocks[i] != le.Uint32(table[crcSize*i:]) }
	for i := 0; i < len(s.blocks); i++ {
		if !bad(i) {
			continue
		}
		first := i
		for i+1 < len(s.blocks) && bad(i+1) {
			i++
		}
		end := min(uint64(i+1)*blockSize, f.layout.end)
		faults = append(faults, fmt.Errorf("bytes %d to %d: CRC-32C: %w", first*blockSize, end, ErrChecksum))
	}
	return faults
}
