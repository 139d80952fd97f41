package exchange

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// ncmec is what the hash sharing service of the National Center for Missing & Exploited Children answers (version 2,
// XML): images and videos as members gave them, and those that they took back. Records of one member and id replace
// each other by their time; they do not come in its order. The classification is kept as the category, the member's
// number as the source; votes, times and fingerprints of other kinds in the extra "ncmec".
var ncmec = Format{
	Name:  "ncmec",
	About: "NCMEC hash sharing v2 (XML)",
	Sniff: sniffNCMEC,
	Read:  readNCMEC,
}

// ncmecNamespace is that of the version that is read.
const ncmecNamespace = "https://hashsharing.ncmec.org/hashsharing/v2"

func sniffNCMEC(head []byte) int {
	text := strings.TrimLeft(strings.TrimPrefix(string(head), bom), " \t\r\n")
	if !strings.HasPrefix(text, "<") || !strings.Contains(text, "queryResult") || !strings.Contains(text, "hashsharing.ncmec.org") {
		return 0
	}
	return Certain
}

func readNCMEC(r io.Reader, _ Options, s *Sink) error {
	n := &ncmecReader{d: newXML(r), s: s}
	for {
		e, err := n.d.next()
		if err != nil {
			return err
		}
		if e == nil {
			return nil
		}
		if e.Name.Local != "queryResult" || e.Name.Space != "" && e.Name.Space != ncmecNamespace {
			return fmt.Errorf("%s: %w: the root is no queryResult of version 2", n.d.place(), hashmatch.ErrUnsupported)
		}
		if err := n.d.children(n.section); err != nil {
			return err
		}
	}
}

type ncmecReader struct {
	d *xmlDocument
	s *Sink
}

// section reads what stands in the root.
func (n *ncmecReader) section(e *xml.StartElement) error {
	at := n.d.place()
	switch e.Name.Local {
	case "images", "videos":
		records := 0
		err := n.d.children(func(e *xml.StartElement) error {
			records++
			return n.entry(e)
		})
		if count := attribute(e, "count"); err == nil && count != "" && count != strconv.Itoa(records) {
			n.s.Note(at, oddCount)
		}
		return err
	case "paging":
		var paging struct {
			Next string `xml:"next"`
		}
		if err := n.d.record(e, &paging); err != nil {
			return err
		}
		if strings.TrimSpace(paging.Next) != "" {
			n.s.Note(at, oddMore)
		}
		return nil
	}
	n.s.Note(at, "an element that is none of images, videos and paging: passed over")
	return n.d.skip(e)
}

type ncmecMember struct {
	ID   string `xml:"id,attr"`
	Name string `xml:",chardata"`
}

type ncmecEntry struct {
	Member         ncmecMember `xml:"member"`
	ID             string      `xml:"id"`
	Timestamp      string      `xml:"timestamp"`
	Classification string      `xml:"classification"`
	Fingerprints   struct {
		List []ncmecFingerprint `xml:",any"`
	} `xml:"fingerprints"`
	Feedback struct {
		Votes []ncmecVote `xml:",any"`
	} `xml:"feedback"`
}

type ncmecFingerprint struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
	Href    string `xml:"href,attr"` // values too large to stand here are fetched from there
}

type ncmecVote struct {
	XMLName xml.Name
	Type    string        `xml:"type,attr"`
	Members []ncmecMember `xml:"members>member"`
	Reasons []struct {
		GUID string `xml:"guid,attr"`
		Name string `xml:"name,attr"`
	} `xml:"reasons>reason"`
	ReasonMembers []ncmecMember `xml:"reasons>members>member"`
}

// entry reads an image, a video, or what takes one back.
func (n *ncmecReader) entry(e *xml.StartElement) error {
	at := n.d.place()
	medium, deleted := strings.CutPrefix(strings.ToLower(e.Name.Local), "deleted")
	var x ncmecEntry
	if err := n.d.record(e, &x); err != nil {
		return err
	}
	x.ID, x.Member.ID, x.Timestamp = strings.TrimSpace(x.ID), strings.TrimSpace(x.Member.ID), strings.TrimSpace(x.Timestamp)
	switch {
	case medium != "image" && medium != "video":
		n.s.Refuse(at, "neither an image nor a video")
		return nil
	case x.ID == "" || x.Member.ID == "":
		n.s.Refuse(at, "no id, or no member that it is of")
		return nil
	}
	// A member may use an id for an image and for a video. Zero bytes cannot stand in XML.
	name := medium + "\x00" + x.Member.ID + "\x00" + x.ID
	if deleted {
		n.s.Remove(at, name, timeOf(at, x.Timestamp, n.s))
		return nil
	}
	entry := n.convert(at, &x)
	if len(entry.Hashes) == 0 {
		n.s.Refuse(at, reasonNoHash)
		return nil
	}
	n.s.Update(at, name, timeOf(at, x.Timestamp, n.s), entry)
	return nil
}

// ncmecExtra is what has no room of its own in an entry.
type ncmecExtra struct {
	Member       string             `json:"member,omitempty"`
	Timestamp    string             `json:"timestamp,omitempty"`
	Fingerprints []ncmecOther       `json:"fingerprints,omitempty"`
	Feedback     []ncmecVoteCarried `json:"feedback,omitempty"`
}

type ncmecOther struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	Href  string `json:"href,omitempty"`
}

type ncmecVoteCarried struct {
	Vote    string   `json:"vote"` // affirmative, negative
	Type    string   `json:"type,omitempty"`
	Members []string `json:"members,omitempty"` // their numbers
	Reasons []string `json:"reasons,omitempty"` // their guids
}

func (n *ncmecReader) convert(at Place, x *ncmecEntry) hashmatch.Entry {
	e := hashmatch.Entry{
		ID: x.ID, Category: strings.TrimSpace(x.Classification), Sources: []string{"ncmec:" + x.Member.ID},
	}
	rest := ncmecExtra{Member: strings.TrimSpace(x.Member.Name), Timestamp: x.Timestamp}
	for _, f := range x.Fingerprints.List {
		n.fingerprint(at, &f, &e, &rest)
	}
	for _, v := range x.Feedback.Votes {
		rest.Feedback = append(rest.Feedback, v.carried())
	}
	if extra, ok := jsonExtra("ncmec", rest); ok {
		e.Extras = append(e.Extras, extra)
	}
	return e
}

var ncmecKinds = map[string]hashmatch.Kind{"md5": hashmatch.MD5, "sha1": hashmatch.SHA1, "sha256": hashmatch.SHA256, "pdq": hashmatch.PDQ}

// fingerprint takes one fingerprint of an entry.
func (n *ncmecReader) fingerprint(at Place, f *ncmecFingerprint, e *hashmatch.Entry, rest *ncmecExtra) {
	name, value := strings.ToLower(f.XMLName.Local), strings.TrimSpace(f.Value)
	kind := ncmecKinds[name]
	switch {
	case value == "" && f.Href == "":
	case kind != 0:
		h, err := hashmatch.ParseHex(kind, value)
		if err != nil {
			n.s.Note(at, oddHash)
			return
		}
		e.Hashes = append(e.Hashes, hashmatch.EntryHash{Hash: h})
	case name == "pdna" && value != "":
		pdna, ok := decodePDNA(value)
		if !ok {
			n.s.Note(at, oddPDNA)
			return
		}
		e.Extras = append(e.Extras, hashmatch.Extra{Name: PhotoDNAExtra, Data: pdna})
	default:
		rest.Fingerprints = append(rest.Fingerprints, ncmecOther{name, value, f.Href})
	}
}

func (v *ncmecVote) carried() ncmecVoteCarried {
	c := ncmecVoteCarried{Vote: strings.TrimSuffix(v.XMLName.Local, "Feedback"), Type: v.Type}
	for _, m := range append(v.Members, v.ReasonMembers...) {
		c.Members = appendTexts(c.Members, m.ID)
	}
	for _, r := range v.Reasons {
		c.Reasons = appendTexts(c.Reasons, r.GUID)
	}
	return c
}
