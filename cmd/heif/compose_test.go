package heif

import "encoding/binary"

// composed is a file to be written in one of the ways that the format allows.
type composed struct {
	parts   []part // item i has the number i+1
	primary int    // a number
	refs    []ref
	handler string // "" for "pict"
	iloc    byte   // version
	wide    bool   // numbers of 32 bits wherever they can be, large sizes, properties by 15 bits
	last    bool   // the media data before the meta box
}

// part is an item.
type part struct {
	kind       string
	data       []byte
	idat       bool
	extents    int // 0 for one
	properties []property
	protected  bool
}

type property struct {
	kind      string
	body      []byte
	essential bool
}

type ref struct {
	kind string
	from int
	to   []int
}

// bytes writes the file.
func (c *composed) bytes() []byte {
	w := &writer{}
	w.box("ftyp", func() { w.text("heic\x00\x00\x00\x00mif1heic") })
	start := 0
	if c.last {
		start = c.media(w)
	}
	positions := c.meta(w)
	if !c.last {
		start = c.media(w)
	}
	c.fill(w, positions, start)
	return w.buf
}

// media writes the media data and returns where it starts.
func (c *composed) media(w *writer) (start int) {
	body := func() {
		start = len(w.buf)
		for _, p := range c.parts {
			if !p.idat {
				w.buf = append(w.buf, p.data...)
			}
		}
	}
	if !c.wide {
		w.box("mdat", body)
		return start
	}
	at := len(w.buf)
	w.u32(1)
	w.text("mdat")
	w.zeros(8)
	body()
	binary.BigEndian.PutUint64(w.buf[at+8:], uint64(len(w.buf)-at))
	return start
}

// fill writes the extents' offsets.
func (c *composed) fill(w *writer, positions []int, start int) {
	at := [2]int{start, 0}
	k := 0
	for _, p := range c.parts {
		where := 0
		if p.idat {
			where = 1
		}
		for _, n := range p.split() {
			if c.wide {
				binary.BigEndian.PutUint64(w.buf[positions[k]:], uint64(at[where]))
			} else {
				binary.BigEndian.PutUint32(w.buf[positions[k]:], uint32(at[where]))
			}
			at[where] += n
			k++
		}
	}
}

// split returns the lengths of an item's extents.
func (p *part) split() (lengths []int) {
	n := max(p.extents, 1)
	for i := range n {
		lengths = append(lengths, len(p.data)*(i+1)/n-len(p.data)*i/n)
	}
	return lengths
}

func (c *composed) id(w *writer, id int) {
	if c.wide {
		w.u32(uint32(id))
	} else {
		w.u16(id)
	}
}

func (c *composed) version() byte {
	if c.wide {
		return 1
	}
	return 0
}

// meta writes the meta box and returns where offsets belong.
func (c *composed) meta(w *writer) (positions []int) {
	handler := "pict"
	if c.handler != "" {
		handler = c.handler
	}
	w.full("meta", 0, 0, func() {
		w.full("iloc", c.iloc, 0, func() { positions = c.locations(w) })
		w.full("hdlr", 0, 0, func() { w.u32(0); w.text(handler); w.zeros(13) })
		w.box("free", func() { w.zeros(3) })
		w.full("iref", c.version(), 0, func() {
			for _, r := range c.refs {
				w.box(r.kind, func() {
					c.id(w, r.from)
					w.u16(len(r.to))
					for _, id := range r.to {
						c.id(w, id)
					}
				})
			}
		})
		w.box("iprp", func() { c.properties(w) })
		w.full("pitm", c.version(), 0, func() { c.id(w, c.primary) })
		w.full("iinf", c.version(), 0, func() {
			c.id(w, len(c.parts))
			for i, p := range c.parts {
				w.full("infe", 2+c.version(), 0, func() {
					c.id(w, i+1)
					w.u16(map[bool]int{true: 1}[p.protected])
					w.text(p.kind)
					w.text("name\x00")
				})
			}
		})
		w.box("idat", func() {
			for _, p := range c.parts {
				if p.idat {
					w.buf = append(w.buf, p.data...)
				}
			}
		})
	})
	return positions
}

func (c *composed) locations(w *writer) (positions []int) {
	switch {
	case c.wide && c.iloc > 0:
		w.u16(0x8844) // offsets, lengths, base offsets, indices
	case c.wide:
		w.u16(0x8840)
	default:
		w.u16(0x4400)
	}
	if c.iloc == 2 {
		w.u32(uint32(len(c.parts)))
	} else {
		w.u16(len(c.parts))
	}
	for i, p := range c.parts {
		if c.iloc == 2 {
			w.u32(uint32(i + 1))
		} else {
			w.u16(i + 1)
		}
		if c.iloc > 0 {
			w.u16(map[bool]int{true: 1}[p.idat])
		}
		w.u16(0)
		if c.wide {
			w.zeros(4)
		}
		w.u16(len(p.split()))
		for _, n := range p.split() {
			if c.wide && c.iloc > 0 {
				w.zeros(4)
			}
			positions = append(positions, len(w.buf))
			w.zeros(4)
			if c.wide {
				w.zeros(4)
				w.u32(0)
			}
			w.u32(uint32(n))
		}
	}
	return positions
}

func (c *composed) properties(w *writer) {
	w.box("ipco", func() {
		for _, p := range c.parts {
			for _, q := range p.properties {
				w.box(q.kind, func() { w.buf = append(w.buf, q.body...) })
			}
		}
	})
	w.full("ipma", c.version(), uint32(c.version()), func() {
		w.u32(uint32(len(c.parts)))
		n := 0
		for i, p := range c.parts {
			c.id(w, i+1)
			w.buf = append(w.buf, byte(len(p.properties)))
			for _, q := range p.properties {
				n++
				v := n
				if c.wide {
					if q.essential {
						v |= 1 << 15
					}
					w.u16(v)
					continue
				}
				if q.essential {
					v |= 1 << 7
				}
				w.buf = append(w.buf, byte(v))
			}
		}
	})
}

// ispe is a size property.
func ispe(w, h int) property {
	b := &writer{}
	b.u32(0)
	b.u32(uint32(w))
	b.u32(uint32(h))
	return property{kind: "ispe", body: b.buf}
}

// clap is a crop: numerators and denominators of width, height, and the offsets of the middle.
func clap(v ...int32) property {
	b := &writer{}
	for _, x := range v {
		b.u32(uint32(x))
	}
	return property{kind: "clap", body: b.buf, essential: true}
}

func irot(quarters byte) property {
	return property{kind: "irot", body: []byte{quarters}, essential: true}
}
func imir(mode byte) property { return property{kind: "imir", body: []byte{mode}, essential: true} }

// colr is the nclx form of a colour box.
func colr(matrix int, full bool) property {
	b := &writer{}
	b.text("nclx")
	b.u16(1)
	b.u16(13)
	b.u16(matrix)
	b.buf = append(b.buf, map[bool]byte{true: 0x80}[full])
	return property{kind: "colr", body: b.buf}
}

// gridItem is a grid of tiles.
func gridItem(columns, rows, w, h int, more ...property) part {
	b := &writer{buf: []byte{0, 0, byte(rows - 1), byte(columns - 1)}}
	b.u16(w)
	b.u16(h)
	return part{kind: "grid", data: b.buf, properties: append([]property{ispe(w, h)}, more...)}
}
