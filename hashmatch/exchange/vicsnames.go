package exchange

import "bytes"

// vicsName is the number of a member's name in stored forms, where it never changes. The members of a Media come first,
// in the order in which documents usually have them: a form then says in a few bits which are there.
type vicsName uint8

const (
	nameNone vicsName = iota // before an object's first member; ends an object in a form
	nameMediaID
	nameCategory
	nameMD5
	nameSHA1
	nameSHA256
	nameMediaSize
	nameVictimIdentified
	nameOffenderIdentified
	nameIsDistributed
	nameIsSuspected
	nameSelfGenerated
	nameIsPrecategorized
	namePrecategorizationSource
	nameSeries
	nameTags
	nameComments
	nameDateUpdated
	nameRelativeFilePath
	nameMimeType
	namePhotoDNA
	nameAlternativeHashes
	nameExifs
	nameMediaFiles
	nameFileName
	nameFilePath
	nameCreated
	nameWritten
	nameAccessed
	nameUnallocated
	nameDeleted
	nameParentMD5
	nameParentFileName
	nameParentFilePath
	nameParentPhysicalLocation
	namePhysicalLocation
	nameSourceID
	namePropertyName
	namePropertyValue
	nameHashName
	nameHashValue
	nameName
	nameMedia
	vicsNames // one past the last

	nameUnknown = 63 // any other: in a form the name itself follows
	lastOfMedia = nameMediaFiles
)

var vicsSpelling = [vicsNames]string{
	"", "MediaID", "Category", "MD5", "SHA1", "SHA256", "MediaSize", "VictimIdentified", "OffenderIdentified", "IsDistributed",
	"IsSuspected", "SelfGenerated", "IsPrecategorized", "PrecategorizationSource", "Series", "Tags", "Comments", "DateUpdated",
	"RelativeFilePath", "MimeType", "PhotoDNA", "AlternativeHashes", "Exifs", "MediaFiles", "FileName", "FilePath", "Created",
	"Written", "Accessed", "Unallocated", "Deleted", "ParentMD5", "ParentFileName", "ParentFilePath", "ParentPhysicalLocation",
	"PhysicalLocation", "SourceID", "PropertyName", "PropertyValue", "HashName", "HashValue", "Name", "Media",
}

// lettering is a set of the ways in which a whole document may write names; a name such as "MD5" fits several.
type lettering uint8

const (
	asUsual lettering = 1 << iota
	allLower
	allUpper
	firstLower
	letterings = 4
)

// spell appends the name in the given way, which is one.
func (n vicsName) spell(dst []byte, l lettering) []byte {
	at := len(dst)
	dst = append(dst, vicsSpelling[n]...)
	switch l {
	case allLower:
		lowerASCII(dst[at:])
	case allUpper:
		upperASCII(dst[at:])
	case firstLower:
		lowerASCII(dst[at : at+1])
	}
	return dst
}

// namesByLower finds a name in any letter case.
var namesByLower = func() map[string]vicsName {
	m := map[string]vicsName{}
	for n := nameNone + 1; n < vicsNames; n++ {
		m[string(n.spell(nil, allLower))] = n
	}
	return m
}()

// nameOf returns the number of a name in any letter case, and the letterings that it fits: none where it is written
// otherwise.
func nameOf(text []byte) (vicsName, lettering) {
	var room [32]byte
	if len(text) > len(room) {
		return nameUnknown, 0
	}
	lower := append(room[:0], text...)
	lowerASCII(lower)
	n, ok := namesByLower[string(lower)]
	if !ok {
		return nameUnknown, 0
	}
	var fits lettering
	var spelt [32]byte
	for l := asUsual; l < 1<<letterings; l <<= 1 {
		if bytes.Equal(n.spell(spelt[:0], l), text) {
			fits |= l
		}
	}
	return n, fits
}

func lowerASCII(b []byte) {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
}

func upperASCII(b []byte) {
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c &^ 0x20
		}
	}
}

// secrecy is what must not stand in a form, wherever the document puts it.
type secrecy uint8

const (
	open secrecy = iota
	secretPhotoDNA
	secretComment
)

// secrecyOf judges by the member's name, in any letter case.
func secrecyOf(n vicsName, text []byte) secrecy {
	switch n {
	case namePhotoDNA:
		return secretPhotoDNA
	case nameComments:
		return secretComment
	case nameUnknown:
		lower := bytes.ToLower(text)
		switch {
		case bytes.Contains(lower, []byte("photodna")), bytes.Contains(lower, []byte("pdna")):
			return secretPhotoDNA
		case bytes.Contains(lower, []byte("comment")):
			return secretComment
		}
	}
	return open
}

// isNoise reports whether a member only serves the OData protocol, as in 1.x documents.
func isNoise(text []byte) bool {
	lower := bytes.ToLower(text)
	return bytes.HasPrefix(lower, []byte("odata.")) || bytes.Contains(lower, []byte("@odata."))
}
