package exchange

// vicsNote is something odd about a record or a document.
type vicsNote uint8

const (
	noteNoMD5 vicsNote = iota
	noteTwice
	noteType
	noteQuoted
	noteFlag
	noteFlagText
	noteQuote
	noteEmptyDigest
	noteDigest
	noteSize
	notePhotoDNA
	noteAlternative
	noteUTF8
	noteControl
	noteRootMember
	noteContext
	noteCase
	noteCaseLate
)

var vicsNotes = [...]string{
	noteNoMD5:       "no MD5: kept for its other hashes",
	noteTwice:       "a member stands twice: the first that says something counts",
	noteType:        "a value of another type than the member has: kept for the way back only",
	noteQuoted:      "a number is written as text",
	noteFlag:        "a flag is neither true nor false: read as unsaid",
	noteFlagText:    "a flag is written as text",
	noteQuote:       "a quote too many after true or false",
	noteEmptyDigest: "a digest is there but empty",
	noteDigest:      "a SHA1 or SHA256 that is none: not taken",
	noteSize:        "MediaSize is no number of bytes: read as unsaid",
	notePhotoDNA:    "PhotoDNA is not 144 bytes: not taken",
	noteAlternative: "an alternative hash contradicts the record's own: not taken",
	noteUTF8:        "a text is not UTF-8: its bytes are kept",
	noteControl:     "a line end or tab stands in a text unescaped",
	noteRootMember:  "a member of the root that is not of the format: ignored",
	noteContext:     "the context names no kind of document that is known: the records tell",
	noteCase:        "of a case itself only its organisation and number are kept, as source of its Media",
	noteCaseLate:    "the organisation or number of a case follows its Media: they are kept without it",
}

// noteOnce notes what is true of a document rather than of a record.
func (p *vicsReader) noteOnce(n vicsNote) {
	if p.once&(1<<n) == 0 {
		p.once |= 1 << n
		p.sink.Note(Place{Offset: p.base + int64(p.i)}, vicsNotes[n])
	}
}
