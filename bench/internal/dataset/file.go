package dataset

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// A file of codes, all numbers little-endian:
//
//	0   "HMDS"
//	4   version 1, uint32
//	8   bits of a code, uint32
//	12  zero, uint32
//	16  number of codes, uint64
//	24  zero, uint64
//	32  the codes, word by word
const (
	magic      = "HMDS\x01\x00\x00\x00"
	headerSize = 32
)

// Write writes codes as a file, by way of a temporary one, so that a file that is there is whole.
func Write[C Code](path string, codes []C) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	header := append(make([]byte, 0, headerSize), magic...)
	header = binary.LittleEndian.AppendUint64(header, uint64(Width[C]()))
	header = binary.LittleEndian.AppendUint64(header, uint64(len(codes)))
	header = binary.LittleEndian.AppendUint64(header, 0)
	w.Write(header)
	var word [8]byte
	for _, v := range Flat(codes) {
		binary.LittleEndian.PutUint64(word[:], v)
		w.Write(word[:])
	}
	if err := w.Flush(); err != nil { // the first error of all writes
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// Read reads a file of codes.
func Read[C Code](path string) ([]C, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 1<<20)
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil || string(header[:8]) != magic {
		return nil, fmt.Errorf("dataset: %s is no file of codes", path)
	}
	width, n := binary.LittleEndian.Uint64(header[8:]), binary.LittleEndian.Uint64(header[16:])
	bytes := uint64(info.Size()) - headerSize
	if width != uint64(Width[C]()) || bytes%(width/8) != 0 || n != bytes/(width/8) {
		return nil, fmt.Errorf("dataset: %s says it holds %d codes of %d bits, in %d bytes", path, n, width, bytes)
	}
	codes := make([]C, n)
	words := Flat(codes)
	var word [8]byte
	for i := range words {
		if _, err := io.ReadFull(r, word[:]); err != nil {
			return nil, err
		}
		words[i] = binary.LittleEndian.Uint64(word[:])
	}
	return codes, nil
}

// Digest turns a hit of the q-th query into a number. The sum of these over all hits tells answers apart whatever their
// order.
func Digest(q int, id uint32) uint64 { return mix(uint64(q)<<32 + uint64(id) + 0x9e3779b97f4a7c15) }
