package exchange

import (
	"bytes"
	"io"
	"strings"
)

// vics is the form in which Project VIC, NIST and the tools of investigators hand on hash sets and cases: one JSON
// document in the manner of OData, versions 1.x and 2.0, Media and Cases. What a record says and an entry has a field for
// goes there; the rest, and how it was spelt, goes into an extra from which WriteVICS spells it again.
//
// Nothing is concluded from the layout: NIST writes files that are to be ignored in the layout of those that are sought.
var vics = Format{
	Name:  "vics",
	About: "Project VIC's JSON, versions 1.x and 2.0, Media and Cases (also NIST's CAID files)",
	Sniff: sniffVICS,
	Read:  readVICS,
}

// The extras of an entry that came from VICS.
const (
	// PhotoDNAExtra names a PhotoDNA value: 144 bytes, carried and never computed.
	PhotoDNAExtra = "photodna"
	// VICSExtra names the form of a VICS record: what no field of an entry holds, and how the members were spelt. It
	// holds no PhotoDNA value and no comment, so that these can be kept apart.
	VICSExtra = "vics"
)

const (
	photoDNASize = 144
	// vicsWindow is how much of a document is read at a time, after a first piece.
	vicsWindow      = 256 << 10
	vicsFirstWindow = 16 << 10
	// vicsMaxRecord is the longest record that is taken; a longer one is refused and passed over.
	vicsMaxRecord = 16 << 20
	// vicsMaxDepth is how deep a value of a record may be nested.
	vicsMaxDepth = 32
	// vicsMaxHashes is how many hashes, and how many PhotoDNA values, a record may hold.
	vicsMaxHashes = 256
)

// sniffVICS looks at the first members of the root. No other format has such a context, or a list of that name.
func sniffVICS(head []byte) int {
	p := newVICSReader(bytes.NewReader(nil), nil)
	p.b = bytes.TrimPrefix(head, []byte(bom))
	if p.skipSpace(); p.i == len(p.b) || p.b[p.i] != '{' {
		return 0
	}
	p.i++
	for {
		name, ok := p.sniffName()
		if !ok {
			return 0
		}
		switch {
		case isVICSContext(name) && p.b[p.i] == '"':
			if text, ok := p.plainText(); ok && vicsLayout(text) != layoutUnknown {
				return Certain
			}
		case strings.EqualFold(name, "value"):
			if p.b[p.i] == '[' {
				return Certain
			}
			return 0
		default:
			if p.form.payload = p.form.payload[:0]; !p.value(nameUnknown, 1) {
				return 0
			}
		}
		if p.skipSpace(); p.i == len(p.b) || p.b[p.i] != ',' {
			return 0
		}
		p.i++
	}
}

// sniffName reads a member's name and goes to its value.
func (p *vicsReader) sniffName() (string, bool) {
	p.skipSpace()
	if p.i == len(p.b) || p.b[p.i] != '"' {
		return "", false
	}
	name, ok := p.plainText()
	if !ok || !p.colon() || p.i == len(p.b) {
		return "", false
	}
	return name, true
}

// isVICSContext reports whether a member of the root says what the document holds.
func isVICSContext(name string) bool {
	return strings.EqualFold(name, "odata.metadata") || strings.EqualFold(name, "@odata.context") || strings.EqualFold(name, "odata.context")
}

type vicsLayoutKind uint8

const (
	layoutUnknown vicsLayoutKind = iota
	layoutMedia
	layoutCases
)

// vicsLayout reads the context's address. Versions and countries differ in its middle.
func vicsLayout(uri string) vicsLayoutKind {
	lower := strings.ToLower(uri)
	switch {
	case strings.HasSuffix(lower, "#media") && strings.Contains(lower, "vic"):
		return layoutMedia
	case strings.HasSuffix(lower, "#cases") && strings.Contains(lower, "vic"):
		return layoutCases
	}
	return layoutUnknown
}

// readVICS reads a document.
func readVICS(r io.Reader, _ Options, s *Sink) error { return newVICSReader(r, s).document() }
