package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/internal/cell"
)

// binding is a column whose meaning is known.
type binding struct {
	field
	column int
	raw    string // what the column held last, and the text of that: categories and the like repeat
	last   string
}

const (
	oddSize     = "size that is no number of bytes: left out"
	oddFlag     = "flag that is neither yes nor no: left unsaid"
	oddPhotoDNA = "PhotoDNA value that is not 144 bytes in hex or base64: left out"
	oddQuality  = "quality that is no number from 0 to 100: left unknown"
	oddExtras   = "carried values that are not in the form in which they are written: left out"
	oddEscape   = "text that is not escaped in the form in which it is written: taken as it stands"
)

// take puts what a cell says into the entry.
func (b *binding) take(m *entryMaker, text []byte) {
	switch b.what {
	case fieldHash:
		b.takeHashes(m, text)
	case fieldQuality:
		b.takeQualities(m, text)
	case fieldPhotoDNA:
		b.takePhotoDNA(m, text)
	case fieldSize:
		n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
		if m.odd(err != nil || n < 0, oddSize) {
			return
		}
		m.e.Size, m.e.HasSize = n, true
	case fieldCategory:
		m.e.Category = b.text(m, text)
	case fieldSeries:
		m.e.Series = b.text(m, text)
	case fieldTags:
		m.e.Tags = b.texts(m, m.e.Tags, text)
	case fieldName:
		m.e.Names = b.texts(m, m.e.Names, text)
	case fieldID:
		m.e.ID = b.text(m, text)
	case fieldSource:
		m.e.Sources = b.texts(m, m.e.Sources, text)
	case fieldComments:
		m.e.Comments = b.text(m, text)
	case fieldFlag:
		yes, known := parseFlag(text)
		if !m.odd(!known, oddFlag) {
			*b.flag(&m.e.Flags) = yes
		}
	case fieldExtra:
		if !m.lay.stands(m.lay.noneCarried, text) {
			m.e.Extras = append(m.e.Extras, hashmatch.Extra{Name: b.extra, Data: []byte(b.text(m, text))})
		}
	case fieldExtras:
		b.takeExtras(m, text)
	}
}

// odd notes something about the row if it is so, and returns whether it is.
func (m *entryMaker) odd(so bool, what string) bool {
	if so {
		m.sink.Note(m.at, what)
	}
	return so
}

// stands reports whether a cell holds one of the words that stand for no value.
func (l *layout) stands(none [][]byte, text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) == 0 || slices.ContainsFunc(none, func(n []byte) bool { return bytes.Equal(n, text) })
}

// values calls yield with each value of a cell, by its number.
func (l *layout) values(text []byte, yield func(i int, value []byte)) {
	if !l.written {
		yield(0, text)
		return
	}
	i := 0
	for v := range bytes.SplitSeq(text, []byte(between)) {
		yield(i, v)
		i++
	}
}

// takeHashes adds a column's hashes. One that is none refuses the row: it may hold something else than the header says.
func (b *binding) takeHashes(m *entryMaker, text []byte) {
	if m.lay.stands(m.lay.none, text) {
		return
	}
	if !m.lay.written {
		b.takeHash(m, text)
		return
	}
	m.lay.values(text, func(_ int, v []byte) { b.takeHash(m, v) })
}

func (b *binding) takeHash(m *entryMaker, text []byte) {
	h, err := parseHashCell(b.kind, bytes.TrimSpace(text))
	if err != nil {
		m.refused = err.Error()
		return
	}
	m.e.Hashes = append(m.e.Hashes, hashmatch.EntryHash{Hash: h})
}

// parseHashCell reads hex digits, or kind:hex where the kind is that of the column.
func parseHashCell(k hashmatch.Kind, text []byte) (h hashmatch.Hash, err error) {
	var raw [32]byte
	if len(text) == 2*k.Size() {
		if _, err := hex.Decode(raw[:], text); err == nil {
			return hashmatch.NewHash(k, raw[:k.Size()])
		}
	}
	if bytes.IndexByte(text, ':') >= 0 {
		if h, err := hashmatch.ParseHash(string(text)); err == nil && h.Kind() == k {
			return h, nil
		}
	}
	return hashmatch.ParseHex(k, string(text))
}

// takeQualities gives each hash of the column's kind its quality. Qualities stand behind hashes in a layout.
func (b *binding) takeQualities(m *entryMaker, text []byte) {
	m.lay.values(text, func(i int, v []byte) {
		v = bytes.TrimSpace(v)
		if len(v) == 0 {
			return
		}
		q, err := strconv.Atoi(string(v))
		if m.odd(err != nil || q < 0 || q > 100, oddQuality) {
			return
		}
		for j := range m.e.Hashes {
			if h := &m.e.Hashes[j]; h.Hash.Kind() == b.kind {
				if i == 0 {
					h.Quality = hashmatch.QualityOf(q)
					return
				}
				i--
			}
		}
	})
}

func (b *binding) takePhotoDNA(m *entryMaker, text []byte) {
	if m.lay.stands(m.lay.none, text) {
		return
	}
	text = bytes.TrimSpace(text)
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != photoDNASize {
		raw, err = base64.StdEncoding.DecodeString(string(text))
	}
	if m.odd(err != nil || len(raw) != photoDNASize, oddPhotoDNA) {
		return
	}
	m.e.Extras = append(m.e.Extras, hashmatch.Extra{Name: PhotoDNAExtra, Data: raw})
}

// takeExtras reads "name=base64" and more of them.
func (b *binding) takeExtras(m *entryMaker, text []byte) {
	m.lay.values([]byte(cell.Unguard(string(text))), func(_ int, v []byte) {
		i := bytes.LastIndexByte(v, '=') // a name may hold the sign, the value cannot
		name, err := cell.Parse(string(v[:max(i, 0)]))
		raw, wrong := base64.RawURLEncoding.DecodeString(string(v[i+1:]))
		if !m.odd(i < 0 || err != nil || wrong != nil, oddExtras) {
			m.e.Extras = append(m.e.Extras, hashmatch.Extra{Name: name, Data: raw})
		}
	})
}

// parseFlag reads the words for yes and no.
func parseFlag(text []byte) (f hashmatch.Flag, known bool) {
	switch strings.ToLower(string(bytes.TrimSpace(text))) {
	case "":
		return hashmatch.Unsaid, true
	case "y", "yes", "true", "1":
		return hashmatch.Yes, true
	case "n", "no", "false", "0":
		return hashmatch.No, true
	}
	return hashmatch.Unsaid, false
}

// text is a cell's text.
func (b *binding) text(m *entryMaker, text []byte) string {
	switch {
	case m.lay.written:
		return m.parsed([]byte(cell.Unguard(string(text))))
	case b.what != fieldName:
		text = bytes.TrimSpace(text)
	}
	if b.raw != string(text) {
		b.raw = string(text)
		b.last = m.lay.decoded(b.raw)
	}
	return b.last
}

// texts adds the texts of a cell to a list.
func (b *binding) texts(m *entryMaker, list []string, text []byte) []string {
	if !m.lay.written {
		if s := b.text(m, text); len(list) == 0 && s != "" {
			return m.list(s)
		} else if s != "" {
			return append(list, s)
		}
		return list
	}
	m.lay.values([]byte(cell.Unguard(string(text))), func(_ int, v []byte) { list = append(list, m.parsed(v)) })
	return list
}

// parsed undoes the escapes of a table that we wrote. Somebody may have edited it since.
func (m *entryMaker) parsed(text []byte) string {
	s, err := cell.Parse(string(text))
	if m.odd(err != nil, oddEscape) {
		return string(text)
	}
	return s
}

// decoded is text in UTF-8. Where the preset names no other encoding, bytes that are not UTF-8 are kept. Where it does, the
// document may have been saved anew in UTF-8, which text in another encoding hardly ever is by chance.
func (l *layout) decoded(text string) string {
	if !l.latin1 || utf8.ValidString(text) {
		return text
	}
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
}
