package exchange

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// vicsRecord is the state of a record that is being parsed. Nothing of it leaves before the record has been read to its
// end, since it may have to be parsed again.
type vicsRecord struct {
	entry      hashmatch.Entry
	hashes     []hashmatch.EntryHash
	names      []string
	tags       []string
	refs       []checked // the names and tags that the form refers to
	extras     []hashmatch.Extra
	photoDNA   [][photoDNASize]byte
	comments   []byte
	md5Text    [32]byte // the digits of the record's MD5, in one letter case
	md5Letters hexCase
	said       uint32 // the members of a Media that said something, by their number
	refused    string // why the record cannot be taken
	notes      uint32 // what is odd about it
	spelt      bool   // names and tags are put into the form themselves: two of them have the same check

	form         vicsForm
	within       vicsName // the member of the Media whose value is being read
	altName      string   // HashName of the alternative hash that is being read
	lookingAhead bool     // for it
	lastTime     []byte
	scratch      []byte
	fileName     string // the last of the object that is being read
	arena        vicsArena
	turns        [vicsContexts][64]vicsTurns
}

// begin forgets the record before.
func (r *vicsRecord) begin() {
	r.entry = hashmatch.Entry{}
	r.hashes, r.names, r.tags, r.refs = r.hashes[:0], r.names[:0], r.tags[:0], r.refs[:0]
	r.photoDNA, r.comments = r.photoDNA[:0], r.comments[:0]
	r.said, r.refused, r.notes, r.md5Letters = 0, "", 0, notHex
	r.lastTime = r.lastTime[:0]
	r.form.begin()
}

// refuse notes why the record cannot be taken; the first reason counts. Parsing goes on to the record's end.
func (r *vicsRecord) refuse(why string) {
	if r.refused == "" {
		r.refused = why
	}
}

func (r *vicsRecord) note(n vicsNote) { r.notes |= 1 << n }

// record parses the object at p.b[p.i].
func (p *vicsReader) record() bool {
	p.spelt = false
	if !p.recordOnce() {
		return false
	}
	if ambiguous(p.refs) {
		p.spelt = true
		p.i = p.from
		return p.recordOnce()
	}
	return true
}

func (p *vicsReader) recordOnce() bool {
	p.begin()
	p.i++
	for prev := nameNone; ; {
		m, ok := p.turn(contextMedia, prev)
		if !ok {
			return false
		}
		if m.name == nameNone {
			p.form.flush()
			return true
		}
		prev = m.name
		if !p.member(m) {
			return false
		}
	}
}

// member reads the value of one member, and how it was spelt.
func (p *vicsReader) member(m *vicsMember) bool {
	if m.name == nameMedia && p.level == 0 && p.b[p.i] == '[' {
		return p.halt(stopCase)
	}
	if m.noise {
		return p.skipValue()
	}
	if m.name > lastOfMedia || m.fits == 0 || p.form.has(m.name) {
		return p.oddMember(m)
	}
	p.form.room(m)
	mark := p.mark()
	how, ok := p.mediaValue(m.name)
	if !ok {
		return false
	}
	if how != speltOddly {
		p.form.add(m, how)
		return true
	}
	p.rewind(mark)
	p.form.flush()
	return p.spellOut(m)
}

// oddMember reads a member whose name is unknown, oddly written, or there already. Of members that are there twice the
// first that says something counts.
func (p *vicsReader) oddMember(m *vicsMember) bool {
	p.form.flush()
	if p.form.has(m.name) {
		p.note(noteTwice)
	}
	digest := m.name >= nameMD5 && m.name <= nameSHA256
	if m.name <= lastOfMedia && !m.name.selfCoded() && (digest || p.said&(1<<m.name) == 0) {
		mark := p.mark()
		if _, ok := p.mediaValue(m.name); !ok {
			return false
		}
		p.rewind(mark)
	}
	return p.spellOut(m)
}

// spellOut puts a member into the form as it stands.
func (p *vicsReader) spellOut(m *vicsMember) bool {
	p.form.startOdd(m)
	if m.name <= lastOfMedia {
		p.form.seen |= 1 << m.name
	}
	p.within = m.name
	ok := p.secretOrValue(m.name, secrecyOf(m.name, m.text), 1)
	p.form.endOdd()
	return ok
}

// selfCoded reports whether reading the value for its meaning and for the form are one and the same.
func (n vicsName) selfCoded() bool {
	return n == nameComments || n >= namePhotoDNA && n <= nameMediaFiles || n == nameDateUpdated || n == nameRelativeFilePath ||
		n == nameMimeType || n == namePrecategorizationSource
}

// finishRecord gives the record that was parsed to the sink.
func (p *vicsReader) finishRecord() error {
	at := p.place()
	if p.refused == "" && len(p.hashes) == 0 {
		if p.layout == layoutCases && p.level == 0 {
			p.sink.Note(at, "a case that holds no Media")
			return nil
		}
		p.refused = "no hash that can be used"
	}
	if p.refused != "" {
		p.sink.Refuse(at, p.refused)
		return nil
	}
	if !slices.ContainsFunc(p.hashes, isMD5) {
		p.note(noteNoMD5)
	}
	for n := vicsNote(0); p.notes != 0; n++ {
		if p.notes&1 != 0 {
			p.sink.Note(at, vicsNotes[n])
		}
		p.notes >>= 1
	}
	return p.sink.Take(at, p.finished())
}

func isMD5(h hashmatch.EntryHash) bool { return h.Hash.Kind() == hashmatch.MD5 }

// finished returns the entry, which shares no memory with what is parsed next.
func (p *vicsReader) finished() hashmatch.Entry {
	e := &p.entry
	a := &p.arena
	e.Hashes = take(&a.hashes, 1024, p.hashes)
	e.Names = take(&a.lists, 1024, p.names)
	e.Tags = take(&a.lists, 1024, p.tags)
	e.Sources = p.sources
	e.Comments = a.text(p.comments)
	p.extras = p.extras[:0]
	for _, value := range p.photoDNA {
		p.extras = append(p.extras, hashmatch.Extra{Name: PhotoDNAExtra, Data: take(&a.bytes, arenaBlock, value[:])})
	}
	p.extras = append(p.extras, hashmatch.Extra{Name: VICSExtra, Data: take(&a.bytes, arenaBlock, p.form.out)})
	e.Extras = take(&a.extras, 512, p.extras)
	return *e
}

// reasonManyHashes is why a record of more than vicsMaxHashes is refused: each is compared with those before it.
const reasonManyHashes = "more than 256 hashes or PhotoDNA values"

// addHash adds a hash that the record says. Two different digests of one kind contradict each other.
func (r *vicsRecord) addHash(h hashmatch.Hash) (agrees bool) {
	if r.refused != "" {
		return true
	}
	for _, old := range r.hashes {
		if old.Hash == h {
			return true
		}
		if old.Hash.Kind() == h.Kind() && h.Kind().Digest() {
			return false
		}
	}
	if len(r.hashes) == vicsMaxHashes {
		r.refuse(reasonManyHashes)
		return true
	}
	r.hashes = append(r.hashes, hashmatch.EntryHash{Hash: h})
	return true
}

// addPhotoDNA adds a value, each once.
func (r *vicsRecord) addPhotoDNA(value *[photoDNASize]byte) {
	if r.refused != "" {
		return
	}
	for i := range r.photoDNA {
		if r.photoDNA[i] == *value {
			return
		}
	}
	if len(r.photoDNA) == vicsMaxHashes {
		r.refuse(reasonManyHashes)
		return
	}
	r.photoDNA = append(r.photoDNA, *value)
}

// addComment adds to the comments, and says where it stands in them.
func (r *vicsRecord) addComment(text []byte) (from int) {
	if len(r.comments) > 0 {
		r.comments = append(r.comments, '\n')
	}
	from = len(r.comments)
	r.comments = append(r.comments, text...)
	return from
}

// ambiguous reports whether two different texts of a record have the same check.
func ambiguous(texts []checked) bool {
	if len(texts) < 2 {
		return false
	}
	if len(texts) > 2 { // nothing else depends on their order
		slices.SortFunc(texts, func(a, b checked) int { return cmp.Compare(a.check, b.check) })
	}
	for i := 1; i < len(texts); i++ {
		if texts[i].check == texts[i-1].check && texts[i].text != texts[i-1].text {
			return true
		}
	}
	return false
}

// checked is a text of an entry with that by which a form finds it.
type checked struct {
	text  string
	check uint32
}

// vicsArena hands out the memory of entries in few allocations. Whoever keeps an entry keeps its blocks, which hold the
// entries before and after it as well.
type vicsArena struct {
	block  strings.Builder
	hashes []hashmatch.EntryHash
	lists  []string
	extras []hashmatch.Extra
	bytes  []byte
	series map[string]string
}

// mostSeries is how many series are remembered, so that the media of one share its name.
const mostSeries = 1 << 10

// seriesNamed returns the text of a series.
func (a *vicsArena) seriesNamed(b []byte) string {
	s, ok := a.series[string(b)]
	if !ok {
		if s = string(b); a.series == nil || len(a.series) == mostSeries {
			a.series = map[string]string{}
		}
		a.series[s] = s
	}
	return s
}

// arenaBlock is the length of a block of texts.
const arenaBlock = 64 << 10

// text returns a string of the given bytes.
func (a *vicsArena) text(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case len(b) > arenaBlock/8:
		return string(b)
	case a.block.Cap()-a.block.Len() < len(b):
		a.block = strings.Builder{}
		a.block.Grow(arenaBlock)
	}
	from := a.block.Len()
	a.block.Write(b)
	return a.block.String()[from:]
}

// take returns a copy of list, cut from a block of the given length.
func take[T any](block *[]T, length int, list []T) []T {
	if len(list) == 0 {
		return nil
	}
	if cap(*block)-len(*block) < len(list) {
		if len(list) > length/8 {
			return slices.Clone(list)
		}
		*block = make([]T, 0, length)
	}
	from := len(*block)
	*block = append(*block, list...)
	return (*block)[from:len(*block):len(*block)]
}
