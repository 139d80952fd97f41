package exchange

import "math/bits"

// A form says how a record was spelt, so that together with the entry's fields it can be spelt again. It is a row of runs
// and of single members.
//
//	run:     0x80|flags, first name, uvarint mask of names from the first on, then for each flag of runNulls,
//	         runEmpties, runQuoted, runLower a uvarint mask of the places in the run, then the payloads of its members.
//	         Bits 4 and 5 of the flags are the lettering of the names.
//	single:  name, or nameUnknown with a uvarint length and the name; then a value
//
// The members of a run are in the order of their numbers and spelt in a usual way. Those that an entry has a field for
// have no payload but: Tags, a text (quoted: texts and tagEnd); Comments, their length; PhotoDNA, two bytes of its check.
// The payload of any other is a value.
//
// A value begins with a byte that says what it is. Texts that stand in the entry are not repeated: a file name or tag is
// found by its check, since its place in the entry's list changes when entries are joined.
const (
	tagEnd         byte   = iota // ends an object (where a name is expected) or a list
	tagNull                      //
	tagFalse                     //
	tagTrue                      //
	tagNumber                    // uvarint length, text
	tagText                      // uvarint length, bytes
	tagHexUpper                  // length in bytes, bytes: a text of hex digits
	tagHexLower                  //
	tagMD5Upper                  // the entry's MD5 in hex digits
	tagMD5Lower                  //
	tagOfNames                   // 4 bytes: the check of one of the entry's names
	tagOfTags                    // 4 bytes: the check of one of the entry's tags
	tagPath                      // uvarint length, bytes, to which the file name before is added
	tagTime                      // length, half as many bytes: digits and what stands between them in times
	tagSameTime                  // the text of the last tagTime
	tagList                      // values, tagEnd
	tagObject                    // name and value in turn, tagEnd
	tagPhotoDNA                  // 2 bytes of the check of one of the entry's PhotoDNA values, in base64
	tagPhotoDNAU                 // in upper case hex
	tagPhotoDNAL                 // in lower case hex
	tagComment                   // uvarint from, uvarint length: that part of the entry's comments
	tagCommentJSON               // likewise, and it is JSON itself
	tagWord                      // number of one of vicsWords
	tagSmall       = 0x20        // to 0x7f: the numbers 0 to 95
	tagShort       = 0x80        // to 0xff: a text of 0 to 127 bytes, which follow
)

const (
	runHead    = 0x80
	runNulls   = 1
	runEmpties = 2
	runQuoted  = 4
	runLower   = 8
)

// spelling is how a member of a run is spelt. What speltQuoted means depends on the member: a number or flag as text,
// the series as an object, the tags as a list, PhotoDNA in hex.
type spelling uint8

const (
	speltPlain  spelling = 0
	speltNull   spelling = runNulls
	speltEmpty  spelling = runEmpties
	speltQuoted spelling = runQuoted
	speltLower  spelling = runLower
	speltOddly  spelling = 0x80 // not as a run can say
)

// vicsForm builds a form.
type vicsForm struct {
	out     []byte
	payload []byte // of the run, or the single member, that is being built
	seen    uint32 // members of a Media that there are, by number
	run     vicsRun
}

type vicsRun struct {
	first, last                   vicsName
	mask                          uint32
	n                             uint
	fits                          lettering
	nulls, empties, quoted, lower uint32
}

func (f *vicsForm) begin() {
	f.out, f.payload, f.seen, f.run = f.out[:0], f.payload[:0], 0, vicsRun{}
}

func (f *vicsForm) has(n vicsName) bool { return n <= lastOfMedia && f.seen>>n&1 == 1 }

// room makes sure that the run can take m next.
func (f *vicsForm) room(m *vicsMember) {
	if f.run.n > 0 && (m.name <= f.run.last || f.run.fits&m.fits == 0) {
		f.flush()
	}
}

// add takes a member, whose payload is there already, into the run.
func (f *vicsForm) add(m *vicsMember, how spelling) {
	r := &f.run
	if r.n == 0 {
		r.first, r.fits = m.name, m.fits
	}
	r.last = m.name
	r.fits &= m.fits
	r.mask |= 1 << (m.name - r.first)
	f.seen |= 1 << m.name
	if how != speltPlain {
		bit := uint32(1) << r.n
		if how&speltNull != 0 {
			r.nulls |= bit
		}
		if how&speltEmpty != 0 {
			r.empties |= bit
		}
		if how&speltQuoted != 0 {
			r.quoted |= bit
		}
		if how&speltLower != 0 {
			r.lower |= bit
		}
	}
	r.n++
}

// flush ends the run.
func (f *vicsForm) flush() {
	r := &f.run
	if r.n == 0 {
		return
	}
	head := runHead | byte(bits.TrailingZeros8(uint8(r.fits)))<<4
	masks := [4]uint32{r.nulls, r.empties, r.quoted, r.lower}
	for i, m := range masks {
		if m != 0 {
			head |= 1 << i
		}
	}
	f.out = append(f.out, head, byte(r.first))
	f.out = appendUvarint(f.out, int(r.mask))
	for _, m := range masks {
		if m != 0 {
			f.out = appendUvarint(f.out, int(m))
		}
	}
	f.out = append(f.out, f.payload...)
	f.payload = f.payload[:0]
	*r = vicsRun{}
}

// startOdd begins a single member; its value goes to the payload.
func (f *vicsForm) startOdd(m *vicsMember) { f.out = appendName(f.out, m) }

func (f *vicsForm) endOdd() {
	f.out = append(f.out, f.payload...)
	f.payload = f.payload[:0]
}

// appendName appends the name of a single member, or of an object's.
func appendName(dst []byte, m *vicsMember) []byte {
	if m.fits&asUsual != 0 {
		return append(dst, byte(m.name))
	}
	dst = append(dst, byte(nameUnknown))
	dst = appendUvarint(dst, len(m.text))
	return append(dst, m.text...)
}

// value puts the value at p.b[p.i], of the member n, into the form's payload.
func (p *vicsReader) value(n vicsName, depth int) bool {
	f := &p.form
	switch p.b[p.i] {
	case '"':
		return p.textValue(n)
	case '{':
		return p.object(depth)
	case '[':
		return p.listValue(n, depth)
	case 'n':
		f.payload = append(f.payload, tagNull)
		return p.literal("null")
	case 't':
		f.payload = append(f.payload, tagTrue)
		return p.literal("true")
	case 'f':
		f.payload = append(f.payload, tagFalse)
		return p.literal("false")
	}
	text, ok := p.number()
	switch {
	case !ok:
		return false
	case len(text) == 1 && isDigit(text[0]):
		f.payload = append(f.payload, tagSmall+text[0]-'0')
	case len(text) == 2 && text[0] != '-' && 10*(text[0]-'0')+text[1]-'0' < 96:
		f.payload = append(f.payload, tagSmall+10*(text[0]-'0')+text[1]-'0')
	default:
		f.payload = append(f.payload, tagNumber)
		f.payload = appendUvarint(f.payload, len(text))
		f.payload = append(f.payload, text...)
	}
	return true
}

func (p *vicsReader) listValue(n vicsName, depth int) bool {
	if depth > vicsMaxDepth {
		return p.halt(stopDeep)
	}
	p.form.payload = append(p.form.payload, tagList)
	p.i++
	if !p.ready() {
		return false
	}
	if p.b[p.i] == ']' {
		p.i++
		p.form.payload = append(p.form.payload, tagEnd)
		return true
	}
	for {
		if !p.value(n, depth+1) || !p.ready() {
			return false
		}
		c := p.b[p.i]
		if c != ',' && c != ']' {
			return p.halt(stopSyntax)
		}
		p.i++
		if c == ']' {
			p.form.payload = append(p.form.payload, tagEnd)
			return true
		}
		if !p.ready() {
			return false
		}
	}
}

func (p *vicsReader) object(depth int) bool {
	if depth > vicsMaxDepth {
		return p.halt(stopDeep)
	}
	if p.within == nameAlternativeHashes && depth <= 2 && !p.lookingAhead {
		outer := p.altName
		defer func() { p.altName = outer }()
		if !p.findHashName(depth) {
			return false
		}
	}
	p.form.payload = append(p.form.payload, tagObject)
	p.i++
	p.fileName = ""
	context := p.nestedContext()
	for prev := nameNone; ; {
		m, ok := p.turn(context, prev)
		if !ok {
			return false
		}
		if m.name == nameNone {
			p.form.payload = append(p.form.payload, tagEnd)
			return true
		}
		prev = m.name
		p.form.payload = appendName(p.form.payload, m)
		n, secret := m.name, secrecyOf(m.name, m.text)
		if n == nameHashValue && p.within == nameAlternativeHashes {
			secret = secrecyOf(nameUnknown, []byte(p.altName))
			if depth > 2 || p.lookingAhead {
				n = nameUnknown
			}
		}
		if depth > 2 && (n == nameFileName || n == nameFilePath) {
			n = nameUnknown // only the files themselves give names
		}
		if !p.secretOrValue(n, secret, depth+1) {
			return false
		}
	}
}

// findHashName looks ahead for what an alternative hash is called, since its value may stand before.
func (p *vicsReader) findHashName(depth int) bool {
	mark := p.mark()
	p.lookingAhead, p.altName = true, ""
	defer func() { p.lookingAhead = false }()
	p.i++
	for prev := nameNone; ; {
		m, ok := p.turn(contextAlternatives, prev)
		if !ok {
			return false
		}
		if m.name == nameNone {
			p.rewind(mark)
			return true
		}
		prev = m.name
		if m.name == nameHashName && p.b[p.i] == '"' {
			text, ok := p.bytesOf()
			if !ok {
				return false
			}
			p.altName = string(text)
		} else if !p.value(nameUnknown, depth+1) {
			return false
		}
	}
}

// vicsMark is a state to which parsing may return, to read a value once more or as if it had not been there.
type vicsMark struct{ i, payload, comments int }

func (p *vicsReader) mark() vicsMark { return vicsMark{p.i, len(p.form.payload), len(p.comments)} }

func (p *vicsReader) rewind(m vicsMark) {
	p.i = m.i
	p.forget(m)
}

// forget drops what was read since, without going back.
func (p *vicsReader) forget(m vicsMark) {
	p.form.payload, p.comments = p.form.payload[:m.payload], p.comments[:m.comments]
	p.lastTime = p.lastTime[:0] // it may be one that the form does not hold any more
}

// secretOrValue is value, but what is secret goes elsewhere.
func (p *vicsReader) secretOrValue(n vicsName, secret secrecy, depth int) bool {
	c, mark := p.b[p.i], p.mark()
	switch {
	case secret == open || c == 'n':
		return p.value(n, depth)
	case secret == secretPhotoDNA && c == '"':
		return p.photoDNAText()
	case secret == secretComment && c == '"':
		text, ok := p.bytesOf()
		if len(text) == 0 {
			p.form.payload = append(p.form.payload, tagShort)
		} else {
			p.putComment(tagComment, text)
		}
		return ok
	}
	ok := p.value(nameUnknown, depth)
	p.forget(mark)
	switch {
	case !ok:
		return false
	case secret == secretComment:
		p.putComment(tagCommentJSON, p.b[mark.i:p.i])
	default:
		p.note(notePhotoDNA)
		p.form.payload = append(p.form.payload, tagNull)
	}
	return true
}

func (p *vicsReader) putComment(tag byte, text []byte) {
	at := p.addComment(text)
	p.form.payload = append(p.form.payload, tag)
	p.form.payload = appendUvarint(p.form.payload, at)
	p.form.payload = appendUvarint(p.form.payload, len(text))
}

// photoDNAText reads a PhotoDNA value that stands elsewhere than usual.
func (p *vicsReader) photoDNAText() bool {
	text, ok := p.bytesOf()
	if !ok {
		return false
	}
	f := &p.form
	value, how := decodePhotoDNA(text)
	switch {
	case len(text) == 0:
		f.payload = append(f.payload, tagShort)
		return true
	case how == speltOddly:
		p.note(notePhotoDNA)
		f.payload = append(f.payload, tagNull)
		return true
	case how == speltPlain:
		f.payload = append(f.payload, tagPhotoDNA)
	case how == speltQuoted:
		f.payload = append(f.payload, tagPhotoDNAU)
	default:
		f.payload = append(f.payload, tagPhotoDNAL)
	}
	p.putPhotoDNA(&value)
	return true
}
