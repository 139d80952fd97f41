package heif

import (
	"encoding/binary"
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
)

// kept are the properties that a decoder gets to see: what the coded bytes need, and no turn or crop, so that the
// pixels come as stored. Of colr only the form "nclx": a colour profile may be long and is not applied.
var kept = map[string]bool{"ispe": true, "hvcC": true, "av1C": true, "pixi": true, "colr": true, "lsel": true, "a1op": true, "a1lx": true}

// rebuilt is a file that holds one picture and nothing else, in pieces: a head of our own, then runs of the original's
// bytes.
type rebuilt struct {
	head []byte
	runs [][]byte
}

// size is the file's length.
func (r *rebuilt) size() int64 {
	n := int64(len(r.head))
	for _, run := range r.runs {
		n += int64(len(run))
	}
	return n
}

// rebuild makes a file of p alone. So the decoder sees boxes that were written here, and of the original's only a
// picture's coded bytes and decoder configuration: neither the parser of libheif nor what else the file holds matters,
// and a thumbnail costs what it is.
func (f *file) rebuild(p *picture) (rebuilt, error) {
	var out rebuilt
	w := &writer{}
	brand := "heic"
	if p.codec == av1 {
		brand = "avif"
	}
	w.box("ftyp", func() {
		w.text(brand)
		w.u32(0)
		w.text("mif1" + "miaf" + brand)
	})
	lengths := make([]int64, len(p.items))
	for i, it := range p.items {
		runs, n, err := f.bytes(it)
		if err != nil {
			return rebuilt{}, err
		}
		out.runs = append(out.runs, runs...)
		lengths[i] = n
	}
	var offsets int // where the first item's offset is written
	w.full("meta", 0, 0, func() {
		w.full("hdlr", 0, 0, func() {
			w.u32(0)
			w.text("pict")
			w.zeros(13)
		})
		w.full("pitm", 0, 0, func() { w.u16(1) })
		w.full("iinf", 0, 0, func() {
			w.u16(len(p.items))
			for i, it := range p.items {
				w.full("infe", 2, min(uint32(i), 1), func() { // the tiles are hidden
					w.u16(i + 1)
					w.u16(0)
					w.text(string(it.kind[:]))
					w.zeros(1)
				})
			}
		})
		w.full("iloc", 0, 0, func() {
			w.u16(0x4400) // offsets and lengths of 4 bytes
			w.u16(len(p.items))
			for i := range p.items {
				w.u16(i + 1)
				w.u16(0)
				w.u16(1)
				if i == 0 {
					offsets = len(w.buf)
				}
				w.u32(0)
				w.u32(uint32(lengths[i]))
			}
		})
		w.box("iprp", func() { f.writeProperties(w, p.items) })
		if len(p.items) > 1 {
			w.full("iref", 0, 0, func() {
				w.box("dimg", func() {
					w.u16(1)
					w.u16(len(p.items) - 1)
					for i := range p.items[1:] {
						w.u16(i + 2)
					}
				})
			})
		}
	})
	data := int64(0)
	for _, n := range lengths {
		data += n
	}
	if int64(len(w.buf))+8+data > 1<<31-1 {
		return rebuilt{}, fmt.Errorf("%d coded bytes: %w", data, hashmatch.ErrLimit)
	}
	w.u32(uint32(8 + data))
	w.text("mdat")
	at := int64(len(w.buf))
	for i, n := range lengths {
		binary.BigEndian.PutUint32(w.buf[offsets+14*i:], uint32(at))
		at += n
	}
	out.head = w.buf
	return out, nil
}

// writeProperties writes the properties that items keep, each once, and who uses which.
func (f *file) writeProperties(w *writer, items []*item) {
	number := map[int]int{} // from f.properties to what is written here
	keep := func(u use) bool {
		b := f.properties[u.property]
		return kept[string(b.kind[:])] && (!b.kind.is("colr") || len(b.body) >= 4 && string(b.body[:4]) == "nclx")
	}
	w.box("ipco", func() {
		for _, it := range items {
			for _, u := range it.uses {
				if _, done := number[u.property]; done || !keep(u) {
					continue
				}
				b := f.properties[u.property]
				number[u.property] = len(number) + 1
				w.box(string(b.kind[:]), func() { w.buf = append(w.buf, b.body...) })
			}
		}
	})
	w.full("ipma", 0, 1, func() {
		w.u32(uint32(len(items)))
		for i, it := range items {
			w.u16(i + 1)
			count := len(w.buf)
			w.zeros(1)
			for _, u := range it.uses {
				if !keep(u) {
					continue
				}
				v := number[u.property]
				if u.essential {
					v |= 1 << 15
				}
				w.u16(v)
				w.buf[count]++
			}
		}
	})
}

// writer appends boxes.
type writer struct{ buf []byte }

func (w *writer) u16(v int)     { w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(v)) }
func (w *writer) u32(v uint32)  { w.buf = binary.BigEndian.AppendUint32(w.buf, v) }
func (w *writer) text(s string) { w.buf = append(w.buf, s...) }
func (w *writer) zeros(n int)   { w.buf = append(w.buf, make([]byte, n)...) }

func (w *writer) box(kind string, body func()) {
	at := len(w.buf)
	w.u32(0)
	w.text(kind)
	body()
	binary.BigEndian.PutUint32(w.buf[at:], uint32(len(w.buf)-at))
}

func (w *writer) full(kind string, version byte, flags uint32, body func()) {
	w.box(kind, func() {
		w.u32(uint32(version)<<24 | flags)
		body()
	})
}
