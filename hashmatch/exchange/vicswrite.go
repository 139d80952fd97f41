package exchange

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
)

// VICSOptions say what a document does not take from its entries.
type VICSOptions struct {
	// Country is the dialect that the context names: "Default" (as does ""), "US", "UK" or "CUSTOM". It decides what
	// category codes mean to the reader.
	Country string
}

// VICSReport says what WriteVICS wrote.
type VICSReport struct {
	Entries    int // entries given
	Records    int // records written; an entry that joined several records of VICS gives one for each
	WithoutMD5 int // records not written: the format demands an MD5
	Unreadable int // forms that could not be read; their entries were written as if they came from elsewhere
	Ambiguous  int // texts of which two in the entry could be meant; the first was written
	Missing    int // texts that the entry does not hold any more; null was written
	Repaired   int // texts that are not UTF-8; what cannot be written became U+FFFD
	LeftOut    int // values that VICS has no place for: categories and identifiers that are no numbers, further tags
}

// WriteVICS writes entries, such as those of Set.Entries, as VICS 2.0 Media, in their order. An entry that came from VICS
// is written as it came: its members in their order, letter case and type, and those beyond the format too. What other
// sources added follows, in the first of its records. The same entries give the same bytes.
func WriteVICS(w io.Writer, entries iter.Seq2[uint32, hashmatch.Entry], o VICSOptions) (VICSReport, error) {
	country := o.Country
	switch country {
	case "":
		country = "Default"
	case "Default", "US", "UK", "CUSTOM":
	default:
		return VICSReport{}, fmt.Errorf("exchange: vics: %w: country %q (Default, US, UK or CUSTOM)", hashmatch.ErrFormat, country)
	}
	b := bufio.NewWriterSize(w, vicsWindow)
	fmt.Fprintf(b, `{"@odata.context":"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/%s/$metadata#Media","value":[`, country)
	var s vicsSpeller
	for _, e := range entries {
		s.report.Entries++
		for _, record := range s.records(&e) {
			separator := ",\n"
			if s.report.Records == 0 {
				separator = "\n"
			}
			s.report.Records++
			b.WriteString(separator)
			if _, err := b.Write(record); err != nil {
				return s.report, fmt.Errorf("exchange: vics: %w", err)
			}
		}
	}
	b.WriteString("\n]}\n")
	if err := b.Flush(); err != nil {
		return s.report, fmt.Errorf("exchange: vics: %w", err)
	}
	return s.report, nil
}

// maxSpelt is the longest record that is written. A form can name one long text many times.
const maxSpelt = 16 * vicsMaxRecord

// records spells an entry: a record for each of its forms, or one when it has none. What it returns is valid until the
// next call.
func (s *vicsSpeller) records(e *hashmatch.Entry) [][]byte {
	var forms [][]byte
	for _, x := range e.Extras {
		if x.Name == VICSExtra {
			forms = append(forms, x.Data)
		}
	}
	clean := [][]byte{nil}
	if len(forms) == 0 {
		forms = clean
	}
	s.begin(e)
	spelt, ok := s.spellAll(forms, vicsRest{})
	if !ok {
		s.report.Unreadable += len(forms)
		forms = clean
		s.begin(e)
		spelt, _ = s.spellAll(forms, vicsRest{})
	}
	rest := s.unsaid()
	if !rest.none() {
		s.begin(e)
		spelt, _ = s.spellAll(forms, rest)
	}
	s.counts.LeftOut += rest.leftOut
	s.report.add(s.counts)
	return spelt
}

// spellAll spells the forms, the first with the rest, and reports whether all could be read.
func (s *vicsSpeller) spellAll(forms [][]byte, rest vicsRest) (spelt [][]byte, ok bool) {
	for _, form := range forms {
		from := len(s.out)
		s.rest, rest = rest, vicsRest{}
		if !s.spell(form) {
			return nil, false
		}
		if !s.recordMD5 {
			s.counts.WithoutMD5++
			s.out = s.out[:from]
			continue
		}
		spelt = append(spelt, slices.Clip(s.out[from:]))
	}
	return spelt, true
}

// add adds what one entry came to.
func (r *VICSReport) add(o VICSReport) {
	r.WithoutMD5 += o.WithoutMD5
	r.Ambiguous += o.Ambiguous
	r.Missing += o.Missing
	r.Repaired += o.Repaired
	r.LeftOut += o.LeftOut
}
