package hashmatch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// The fields of an entry, in the order in which a record holds them.
const (
	fieldSize = iota + 1
	fieldID
	fieldCategory
	fieldSeries
	fieldTag      // once per tag
	fieldName     // once per name
	fieldSource   // once per source
	fieldComments // private
	fieldFlags
	fieldExtra // once per extra; that of PhotoDNA is private
	fieldEnd
)

// photoDNA names the extra that holds a PhotoDNA value. A picture can be guessed from one, so it is private.
const photoDNA = "photodna"

// appendPublic appends what e says apart from its hashes and from what is private: for each thing said the number of its
// field, the length, the bytes.
func appendPublic(b []byte, e *Entry) []byte {
	if e.HasSize {
		var size [binary.MaxVarintLen64]byte
		b = appendField(b, fieldSize, size[:binary.PutUvarint(size[:], uint64(e.Size))])
	}
	b = appendText(b, fieldID, e.ID)
	b = appendText(b, fieldCategory, e.Category)
	b = appendText(b, fieldSeries, e.Series)
	for _, s := range e.Tags {
		b = appendField(b, fieldTag, s)
	}
	for _, s := range e.Names {
		b = appendField(b, fieldName, s)
	}
	for _, s := range e.Sources {
		b = appendField(b, fieldSource, s)
	}
	if e.Flags != (Flags{}) {
		said := e.Flags.bytes()
		b = appendField(b, fieldFlags, said[:])
	}
	for i := range e.Extras {
		if e.Extras[i].Name != photoDNA {
			b = appendExtra(b, &e.Extras[i])
		}
	}
	return b
}

// appendPrivate appends e's comments and PhotoDNA values in the same form.
func appendPrivate(b []byte, e *Entry) []byte {
	b = appendText(b, fieldComments, e.Comments)
	for i := range e.Extras {
		if e.Extras[i].Name == photoDNA {
			b = appendExtra(b, &e.Extras[i])
		}
	}
	return b
}

func appendField[T string | []byte](b []byte, number byte, data T) []byte {
	b = append(b, number)
	b = binary.AppendUvarint(b, uint64(len(data)))
	return append(b, data...)
}

func appendText(b []byte, number byte, s string) []byte {
	if s == "" {
		return b
	}
	return appendField(b, number, s)
}

func appendExtra(b []byte, x *Extra) []byte {
	b = append(b, fieldExtra)
	b = binary.AppendUvarint(b, uint64(uvarintLen(uint64(len(x.Name)))+len(x.Name)+len(x.Data)))
	b = binary.AppendUvarint(b, uint64(len(x.Name)))
	b = append(b, x.Name...)
	return append(b, x.Data...)
}

// flagCount is the number of flags.
const flagCount = 6

func (f Flags) bytes() [flagCount]byte {
	return [flagCount]byte{byte(f.VictimIdentified), byte(f.OffenderIdentified), byte(f.Distributed), byte(f.Suspected), byte(f.SelfGenerated), byte(f.Precategorized)}
}

func flagsOf(b []byte) Flags {
	return Flags{Flag(b[0]), Flag(b[1]), Flag(b[2]), Flag(b[3]), Flag(b[4]), Flag(b[5])}
}

// uvarintLen returns how many bytes a number takes.
func uvarintLen(n uint64) int {
	l := 1
	for ; n >= 0x80; n >>= 7 {
		l++
	}
	return l
}

// uvarint reads a number in its shortest form, and returns how many bytes it took; 0 when there is none.
func uvarint(b []byte) (n uint64, width int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	n, width = binary.Uvarint(b)
	if width <= 0 || b[width-1] == 0 {
		return 0, 0
	}
	return n, width
}

// cutField cuts the first field off b. Whether it is one that may stand there is not looked at.
func cutField(b []byte) (number int, data, rest []byte, ok bool) {
	if len(b) >= 2 && b[1] < 0x80 && int(b[1]) <= len(b)-2 { // nearly all
		end := 2 + int(b[1])
		return int(b[0]), b[2:end], b[end:], true
	}
	return cutLongField(b)
}

func cutLongField(b []byte) (number int, data, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	n, w := uvarint(b[1:])
	if w == 0 || n > uint64(len(b)-1-w) {
		return 0, nil, nil, false
	}
	at := 1 + w
	return int(b[0]), b[at : at+int(n)], b[at+int(n):], true
}

// cutExtra cuts the bytes of an extra into its name and what it holds.
func cutExtra(b []byte) (name, data []byte, ok bool) {
	n, w := uvarint(b)
	if w == 0 || n > uint64(len(b)-w) {
		return nil, nil, false
	}
	return b[w : w+int(n)], b[w+int(n):], true
}

// checkFields tells whether b is what appendPublic, or appendPrivate, writes for some entry in its normal form. It
// allocates nothing unless there is a fault.
func checkFields(b []byte, private bool) error {
	var last int
	var before []byte
	for len(b) > 0 {
		number, data, rest, ok := cutField(b)
		if !ok {
			return fmt.Errorf("field %d: %w: length reaches past the record", b[0], ErrCorrupt)
		}
		if number < last || number == last && !repeats(number, before, data) {
			return fmt.Errorf("field %d after %d: %w", number, last, ErrCorrupt)
		}
		if text := fieldID <= number && number <= fieldSource; text && (private || len(data) == 0) || !text && !checkField(number, data, private) {
			return fmt.Errorf("field %d: %w: not as this version writes it", number, ErrCorrupt)
		}
		last, before, b = number, data, rest
	}
	return nil
}

// repeats tells whether two fields of one number may follow each other.
func repeats(number int, before, data []byte) bool {
	switch number {
	case fieldTag, fieldName, fieldSource:
		return bytes.Compare(before, data) < 0
	case fieldExtra:
		name, first, _ := cutExtra(before)
		next, second, ok := cutExtra(data)
		c := bytes.Compare(name, next)
		return ok && (c < 0 || c == 0 && bytes.Compare(first, second) < 0)
	}
	return false
}

// checkField checks what a field that is no public text holds.
func checkField(number int, data []byte, private bool) bool {
	switch number {
	case fieldSize:
		n, w := uvarint(data)
		return !private && w > 0 && w == len(data) && int64(n) >= 0
	case fieldComments:
		return private && len(data) > 0
	case fieldFlags:
		said := byte(0)
		for _, f := range data {
			if f > byte(Yes) {
				return false
			}
			said |= f
		}
		return !private && said != 0 && len(data) == flagCount
	case fieldExtra:
		name, _, ok := cutExtra(data)
		return ok && (string(name) == photoDNA) == private
	}
	return false
}

// decodeFields adds to e what fields say that were checked. The texts of a record share one copy of it, and lists are as
// long as they need to be.
func decodeFields(b []byte, e *Entry) {
	if len(b) == 0 {
		return
	}
	text := string(b)
	var count [fieldEnd]int
	for rest := b; len(rest) > 0; {
		number, _, next, _ := cutField(rest)
		count[number]++
		rest = next
	}
	for _, list := range []struct {
		of   *[]string
		more int
	}{{&e.Tags, count[fieldTag]}, {&e.Names, count[fieldName]}, {&e.Sources, count[fieldSource]}} {
		if list.more > 0 {
			*list.of = slices.Grow(*list.of, list.more)
		}
	}
	if n := count[fieldExtra]; n > 0 {
		e.Extras = slices.Grow(e.Extras, n)
	}
	for rest := b; len(rest) > 0; {
		number, data, next, _ := cutField(rest)
		at := len(b) - len(next) - len(data)
		e.setField(number, data, text[at:at+len(data)])
		rest = next
	}
}

// setField adds a field that was checked; text is data as a string.
func (e *Entry) setField(number int, data []byte, text string) {
	switch number {
	case fieldSize:
		n, _ := uvarint(data)
		e.Size, e.HasSize = int64(n), true
	case fieldID:
		e.ID = text
	case fieldCategory:
		e.Category = text
	case fieldSeries:
		e.Series = text
	case fieldTag:
		e.Tags = append(e.Tags, text)
	case fieldName:
		e.Names = append(e.Names, text)
	case fieldSource:
		e.Sources = append(e.Sources, text)
	case fieldComments:
		e.Comments = text
	case fieldFlags:
		e.Flags = flagsOf(data)
	case fieldExtra:
		name, value, _ := cutExtra(data)
		e.Extras = append(e.Extras, Extra{Name: string(name), Data: bytes.Clone(value)})
	}
}
