package exchange

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strconv"

	"github.com/hashmatch/engine/hashmatch"
)

// vicsSpeller spells the records of entries. Forms come from set files and are not trusted.
type vicsSpeller struct {
	report VICSReport
	counts VICSReport // of the entry
	entry  *hashmatch.Entry
	out    []byte // the entry's records

	form   []byte // what is left of the form
	rest   vicsRest
	from   int // where the record begins in out
	told   vicsTold
	names  map[uint32]int // by check: place in the entry's names; nil until needed
	tags   map[uint32]int
	photos map[uint16]int

	recordMD5 bool // the record says an MD5
	within    vicsName
	fileName  string // what was spelt last
	lastTime  []byte
	scratch   []byte
}

func (s *vicsSpeller) begin(e *hashmatch.Entry) {
	s.entry, s.counts, s.out, s.told = e, VICSReport{}, s.out[:0], vicsTold{}
	s.names, s.tags, s.photos = nil, nil, nil
}

// spell spells one record and reports whether the form could be read. A record without the MD5 that the entry knows is
// given it: no record may be without.
func (s *vicsSpeller) spell(form []byte) bool {
	from, rest, counts := len(s.out), s.rest, s.counts
	if !s.spellOnce(form) {
		return false
	}
	if s.recordMD5 || s.entry.Digest(hashmatch.MD5).IsZero() {
		return true
	}
	s.out, s.rest, s.counts = s.out[:from], rest, counts
	s.rest.members |= 1 << nameMD5
	return s.spellOnce(form)
}

func (s *vicsSpeller) spellOnce(form []byte) bool {
	s.form, s.from, s.recordMD5, s.lastTime = form, len(s.out), false, s.lastTime[:0]
	s.out = append(s.out, '{')
	for len(s.form) > 0 {
		ok := false
		if head := s.form[0]; head >= runHead {
			s.form = s.form[1:]
			ok = s.runOf(head)
		} else {
			ok = s.single()
		}
		if !ok || len(s.out)-s.from > maxSpelt {
			return false
		}
	}
	s.addRest()
	s.out = append(s.out, '}')
	return true
}

// runOf spells a run of members.
func (s *vicsSpeller) runOf(head byte) bool {
	l := lettering(1) << (head >> 4 & 3)
	first, ok := s.byte()
	mask, ok2 := s.uvarint()
	if !ok || !ok2 || head&0x40 != 0 || first == 0 || int(first)+bits.Len64(uint64(mask)) > int(lastOfMedia)+1 || mask == 0 {
		return false
	}
	var variants [4]int
	for i := range variants {
		if head>>i&1 == 1 {
			if variants[i], ok = s.uvarint(); !ok {
				return false
			}
		}
	}
	for place, bit := 0, 0; mask>>bit != 0; bit++ {
		if mask>>bit&1 == 0 {
			continue
		}
		var how spelling
		for i, v := range variants {
			how |= spelling(v >> place & 1 << i)
		}
		place++
		n := vicsName(int(first) + bit)
		s.comma()
		s.out = append(s.out, '"')
		s.out = n.spell(s.out, l)
		s.out = append(s.out, '"', ':')
		if !s.mediaValue(n, how) {
			return false
		}
	}
	return true
}

// single spells a member that is of no run.
func (s *vicsSpeller) single() bool {
	n, ok := s.name()
	if !ok {
		return false
	}
	s.within = n
	from := len(s.out)
	if !s.value(n, 1) {
		return false
	}
	if n <= lastOfMedia && says(s.out[from:]) {
		s.tell(n)
	}
	return true
}

// says reports whether a spelt value says something.
func says(value []byte) bool { return string(value) != "null" && string(value) != `""` }

func (s *vicsSpeller) tell(n vicsName) {
	s.told.members |= 1 << n
	s.recordMD5 = s.recordMD5 || n == nameMD5
}

// mediaValue spells a member of a run.
func (s *vicsSpeller) mediaValue(n vicsName, how spelling) bool {
	if how&(speltNull|speltEmpty) != 0 {
		switch {
		case s.fill(n):
		case how&speltNull != 0:
			s.out = append(s.out, "null"...)
		default:
			s.out = append(s.out, `""`...)
		}
		return true
	}
	s.within = n
	from := len(s.out)
	ok := s.saidValue(n, how)
	if ok && says(s.out[from:]) {
		s.tell(n)
	}
	return ok
}

// saidValue spells what the entry says of a member, or the value that the form holds.
func (s *vicsSpeller) saidValue(n vicsName, how spelling) bool {
	e, quoted := s.entry, how&speltQuoted != 0
	switch n {
	case nameMediaID:
		s.code(e.ID, quoted)
	case nameCategory:
		s.code(e.Category, quoted)
	case nameMD5, nameSHA1, nameSHA256:
		s.digest(digestKinds[n], how&speltLower != 0)
	case nameMediaSize:
		s.size(quoted)
	case nameVictimIdentified, nameOffenderIdentified, nameIsDistributed, nameIsSuspected, nameSelfGenerated, nameIsPrecategorized:
		s.flag(*flagOf(&e.Flags, n), quoted)
	case nameSeries:
		s.series(quoted)
	case nameTags:
		return s.tagsOf(quoted)
	case nameComments:
		length, ok := s.uvarint()
		s.comment(0, length, false)
		return ok
	case namePhotoDNA:
		tag := tagPhotoDNA
		switch {
		case quoted && how&speltLower != 0:
			tag = tagPhotoDNAL
		case quoted:
			tag = tagPhotoDNAU
		}
		return s.photoDNA(tag)
	default:
		return s.value(n, 1)
	}
	return true
}

func (s *vicsSpeller) comma() {
	if last := s.out[len(s.out)-1]; last != '{' && last != '[' {
		s.out = append(s.out, ',')
	}
}

// null stands for what the entry does not hold any more.
func (s *vicsSpeller) null() {
	s.counts.Missing++
	s.out = append(s.out, "null"...)
}

func (s *vicsSpeller) text(t string) {
	var repaired bool
	s.out, repaired = appendJSONText(s.out, t)
	if repaired {
		s.counts.Repaired++
	}
}

// code spells an identifier; one that is no number must be a text.
func (s *vicsSpeller) code(c string, quoted bool) {
	switch {
	case c == "":
		s.null()
	case quoted || !isNumber(c):
		s.text(c)
	default:
		s.out = append(s.out, c...)
	}
}

func (s *vicsSpeller) digest(k hashmatch.Kind, lower bool) {
	h := s.entry.Digest(k)
	if h.IsZero() {
		s.null()
		return
	}
	s.out = append(s.out, '"')
	s.scratch = h.AppendBytes(s.scratch[:0])
	s.out = appendHex(s.out, s.scratch, hexCaseOf(lower))
	s.out = append(s.out, '"')
}

func (s *vicsSpeller) size(quoted bool) {
	switch {
	case !s.entry.HasSize:
		s.null()
	case quoted:
		s.text(strconv.FormatInt(s.entry.Size, 10))
	default:
		s.out = strconv.AppendInt(s.out, s.entry.Size, 10)
	}
}

func (s *vicsSpeller) flag(f hashmatch.Flag, quoted bool) {
	word := "false"
	switch f {
	case hashmatch.Unsaid:
		s.null()
		return
	case hashmatch.Yes:
		word = "true"
	}
	if quoted {
		word = `"` + word + `"`
	}
	s.out = append(s.out, word...)
}

func (s *vicsSpeller) series(quoted bool) {
	switch {
	case s.entry.Series == "":
		s.null()
	case quoted:
		s.out = append(s.out, `{"Name":`...)
		s.text(s.entry.Series)
		s.out = append(s.out, '}')
	default:
		s.text(s.entry.Series)
	}
}

// tagsOf spells the tags of a run: a text, or a list of texts.
func (s *vicsSpeller) tagsOf(list bool) bool {
	if !list {
		return s.value(nameTags, 1)
	}
	s.out = append(s.out, '[')
	for {
		switch {
		case len(s.form) == 0:
			return false
		case s.form[0] == tagEnd:
			s.form = s.form[1:]
			s.out = append(s.out, ']')
			return true
		}
		s.comma()
		if !s.value(nameTags, vicsMaxDepth) {
			return false
		}
	}
}

// comment spells a part of the comments, which may have been left out of the set.
func (s *vicsSpeller) comment(from, length int, isJSON bool) {
	if len(s.entry.Comments) == 0 || length > len(s.entry.Comments) || from > len(s.entry.Comments)-length {
		s.null()
		return
	}
	part := s.entry.Comments[from : from+length]
	if isJSON && json.Valid([]byte(part)) {
		s.out = append(s.out, part...)
		return
	}
	s.text(part)
}

// photoDNA spells the PhotoDNA value whose check follows.
func (s *vicsSpeller) photoDNA(tag byte) bool {
	if len(s.form) < 2 {
		return false
	}
	want := binary.LittleEndian.Uint16(s.form)
	s.form = s.form[2:]
	if s.photos == nil {
		s.photos = photosOf(s.entry)
	}
	at, found := s.photos[want]
	switch {
	case !found:
		s.null()
		return true
	case at < 0:
		at = ^at
		s.counts.Ambiguous++
	}
	value := s.entry.Extras[at].Data
	s.told.photoDNAs++
	s.out = append(s.out, '"')
	switch tag {
	case tagPhotoDNA:
		s.out = base64.StdEncoding.AppendEncode(s.out, value)
	case tagPhotoDNAU:
		s.out = appendHex(s.out, value, upperHex)
	default:
		s.out = appendHex(s.out, value, lowerHex)
	}
	s.out = append(s.out, '"')
	return true
}

// photosOf finds the PhotoDNA values by two bytes of their check, as indexOf does texts.
func photosOf(e *hashmatch.Entry) map[uint16]int {
	m := map[uint16]int{}
	for i, x := range e.Extras {
		if x.Name != PhotoDNAExtra || len(x.Data) != photoDNASize {
			continue
		}
		c := uint16(check(x.Data))
		if old, taken := m[c]; !taken {
			m[c] = i
		} else if old >= 0 {
			m[c] = ^old
		}
	}
	return m
}

// ref returns the text of a list of the entry that has the check that follows.
func (s *vicsSpeller) ref(list []string, index *map[uint32]int) (string, textState) {
	if len(s.form) < 4 {
		return "", textBroken
	}
	want := binary.LittleEndian.Uint32(s.form)
	s.form = s.form[4:]
	if *index == nil {
		*index = s.indexOf(list)
	}
	i, found := (*index)[want]
	switch {
	case !found:
		return "", textMissing
	case i < 0:
		i = ^i
		s.counts.Ambiguous++
	}
	return list[i], textFound
}

// indexOf finds texts by their check. Where several have one, the first is there, as its complement.
func (s *vicsSpeller) indexOf(list []string) map[uint32]int {
	m := make(map[uint32]int, len(list))
	for i, t := range list {
		if len(t) < shortestRef {
			continue
		}
		s.scratch = append(s.scratch[:0], t...)
		c := check(s.scratch)
		old, taken := m[c]
		switch {
		case !taken:
			m[c] = i
		case old >= 0 && list[old] != t:
			m[c] = ^old
		}
	}
	return m
}

func put(set *map[string]struct{}, text string) {
	if *set == nil {
		*set = map[string]struct{}{}
	}
	(*set)[text] = struct{}{}
}
