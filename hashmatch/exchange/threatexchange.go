package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// threatexchange is what Meta's ThreatExchange answers to /threat_updates (JSON): one indicator a record, with the
// descriptors in which members say what they think of it. Of records of one id the one of the greatest time counts; those
// to be deleted are taken back. Tags of all descriptors are kept, their owners as sources; what members think, which may
// be that the item is harmless, is in the extra "threatexchange".
var threatexchange = Format{
	Name:  "threatexchange",
	About: "ThreatExchange threat_updates (JSON)",
	Sniff: func(head []byte) int {
		if hasField(head, "indicator") && (hasField(head, "should_delete") || hasField(head, "descriptors")) && looksJSON(head) {
			return Certain
		}
		return 0
	},
	Read: readThreatExchange,
}

type threatUpdate struct {
	ID          json.RawMessage `json:"id"`
	Indicator   string          `json:"indicator"`
	Type        string          `json:"type"`
	Updated     json.RawMessage `json:"last_updated"`
	Delete      bool            `json:"should_delete"`
	Tags        json.RawMessage `json:"tags"`
	Status      string          `json:"status"`
	Descriptors json.RawMessage `json:"descriptors"`
}

type threatDescriptor struct {
	Owner struct {
		ID json.RawMessage `json:"id"`
	} `json:"owner"`
	Status string          `json:"status"`
	Tags   json.RawMessage `json:"tags"`
}

// threatExtra is what has no room of its own in an entry.
type threatExtra struct {
	Type        string          `json:"type,omitempty"`
	Status      string          `json:"status,omitempty"`
	Descriptors json.RawMessage `json:"descriptors,omitempty"`
}

// readThreatExchange reads answers, one behind the other, or an array of the updates alone.
func readThreatExchange(r io.Reader, _ Options, s *Sink) error {
	d := newJSON(r)
	take := func(at Place, raw []byte) error {
		takeThreat(at, raw, s)
		return nil
	}
	var next string // of the page that was read last
	err := d.values(func(first json.Token) error {
		next = ""
		switch first {
		case json.Delim('['):
			return d.elements(take)
		case json.Delim('{'):
			return d.fields(func(name string) error {
				switch name {
				case "data":
					return d.list(take)
				case "paging":
					var paging struct {
						Next string `json:"next"`
					}
					err := d.value(&paging)
					next = paging.Next
					return err
				}
				return d.skip()
			})
		}
		return notObject(d)
	})
	if err == nil && next != "" {
		s.Note(d.place(), oddMore)
	}
	return err
}

// threatKinds are the types of indicators that are hashes of a kind we search.
var threatKinds = map[string]hashmatch.Kind{
	"HASH_PDQ": hashmatch.PDQ, "HASH_MD5": hashmatch.MD5, "HASH_SHA1": hashmatch.SHA1, "HASH_SHA256": hashmatch.SHA256,
	"HASH_VIDEO_MD5": hashmatch.MD5, "VIDEO_HASH_MD5": hashmatch.MD5, "HASH_PHOTO_MD5": hashmatch.MD5,
}

// Opinions that a reader of the report must know of.
const (
	oddHarmless = "a descriptor says NON_MALICIOUS: kept, with what it says"
	oddUnshared = "no descriptor, tag or status that is shared with this member: taken back"
)

func takeThreat(at Place, raw []byte, s *Sink) {
	var x threatUpdate
	if err := decodeRecord(raw, &x); err != nil {
		s.Refuse(at, err.Error())
		return
	}
	x.Indicator = strings.ToLower(strings.TrimSpace(x.Indicator))
	id := jsonText(x.ID)
	if id == "" {
		id = x.Type + ":" + x.Indicator
	}
	kind := threatKinds[x.Type]
	switch {
	case kind == 0:
		s.Refuse(at, reasonOther)
		return
	case x.Delete:
		s.Remove(at, id, timeOf(at, jsonText(x.Updated), s))
		return
	case !given(x.Descriptors) && !given(x.Tags) && x.Status == "":
		// ThreatExchange sends such updates where no member's opinion can be seen any more, and its own program deletes
		// their items.
		s.Note(at, oddUnshared)
		s.Remove(at, id, timeOf(at, jsonText(x.Updated), s))
		return
	}
	h, err := hashmatch.ParseHex(kind, x.Indicator)
	if err != nil {
		s.Refuse(at, err.Error())
		return
	}
	e := hashmatch.Entry{ID: jsonText(x.ID), Hashes: []hashmatch.EntryHash{{Hash: h}}}
	if err := x.opinions(at, &e, s); err != nil {
		s.Refuse(at, err.Error())
		return
	}
	s.Update(at, id, timeOf(at, jsonText(x.Updated), s), e)
}

// opinions takes what members say.
func (x *threatUpdate) opinions(at Place, e *hashmatch.Entry, s *Sink) error {
	var descriptors struct {
		Data []threatDescriptor `json:"data"`
	}
	if given(x.Descriptors) {
		if err := decodeRecord(x.Descriptors, &descriptors); err != nil {
			return fmt.Errorf("its descriptors: %w", err)
		}
	}
	tags, err := threatTags(x.Tags)
	e.Tags = appendTexts(e.Tags, tags...)
	harmless := x.Status == "NON_MALICIOUS"
	for _, d := range descriptors.Data {
		var of []string
		if of, err = threatTags(d.Tags); err != nil {
			break
		}
		e.Tags = appendTexts(e.Tags, of...)
		if owner := jsonText(d.Owner.ID); owner != "" {
			e.Sources = append(e.Sources, "threatexchange:"+owner)
		}
		harmless = harmless || d.Status == "NON_MALICIOUS"
	}
	if err != nil {
		return fmt.Errorf("its tags: %w", err)
	}
	if len(e.Sources) == 0 {
		e.Sources = []string{"threatexchange"}
	}
	if harmless {
		s.Note(at, oddHarmless)
	}
	if extra, ok := jsonExtra("threatexchange", threatExtra{x.Type, x.Status, listed(x.Descriptors)}); ok {
		e.Extras = append(e.Extras, extra)
	}
	return nil
}

// threatTags reads tags in the forms in which they come: a list of texts, or {"data":[{"text":...}]}.
func threatTags(raw json.RawMessage) (tags []string, err error) {
	if !given(raw) {
		return nil, nil
	}
	if raw[0] == '[' {
		return tags, decodeRecord(raw, &tags)
	}
	var list struct {
		Data []struct {
			Text string `json:"text"`
		} `json:"data"`
	}
	err = decodeRecord(raw, &list)
	for _, t := range list.Data {
		tags = append(tags, t.Text)
	}
	return tags, err
}
