package exchange

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// stopncii is what StopNCII.org's FetchHashes answers: hashes that people made of their own pictures. Of records with
// the same hash the one of the greatest time counts; withdrawn and deleted ones are taken back. Tags, those of the
// platforms' feedback among them, are kept; status, case numbers and feedback in the extra "stopncii".
var stopncii = Format{
	Name:  "stopncii",
	About: "StopNCII.org hash records (JSON)",
	Sniff: func(head []byte) int {
		if hasField(head, "hashRecords") && looksJSON(head) {
			return Certain
		}
		return 0
	},
	Read: readStopNCII,
}

type stopnciiRecord struct {
	Modified  json.RawMessage `json:"lastModtimestamp"`
	Type      string          `json:"signalType"`
	Hash      string          `json:"hashValue"`
	Status    string          `json:"hashStatus"`
	Cases     json.RawMessage `json:"caseNumbers"` // an object, or [] for none
	Feedbacks json.RawMessage `json:"CSPFeedbacks"`
	Regions   json.RawMessage `json:"hashRegions"`
	Tags      []string        `json:"tags"`
}

// stopnciiExtra is what has no room of its own in an entry.
type stopnciiExtra struct {
	Status    string          `json:"hashStatus,omitempty"`
	Cases     json.RawMessage `json:"caseNumbers,omitempty"`
	Feedbacks json.RawMessage `json:"CSPFeedbacks,omitempty"`
	Regions   json.RawMessage `json:"hashRegions,omitempty"`
}

func readStopNCII(r io.Reader, _ Options, s *Sink) error {
	d := newJSON(r)
	more := false // of the page that was read last
	err := d.values(func(first json.Token) error {
		if first != json.Delim('{') {
			return notObject(d)
		}
		more = false
		records, count := 0, -1
		err := d.fields(func(name string) error {
			switch name {
			case "hashRecords":
				return d.list(func(at Place, raw []byte) error {
					records++
					takeStopNCII(at, raw, s)
					return nil
				})
			case "hasMoreRecords":
				return d.value(&more)
			case "count":
				return d.value(&count)
			}
			return d.skip()
		})
		if err == nil && count >= 0 && count != records {
			s.Note(d.place(), oddCount)
		}
		return err
	})
	if err == nil && more {
		s.Note(d.place(), oddMore)
	}
	return err
}

var stopnciiKinds = map[string]hashmatch.Kind{"ImagePDQ": hashmatch.PDQ, "VideoMD5": hashmatch.MD5}

func takeStopNCII(at Place, raw []byte, s *Sink) {
	var x stopnciiRecord
	if err := decodeRecord(raw, &x); err != nil {
		s.Refuse(at, err.Error())
		return
	}
	kind := stopnciiKinds[x.Type]
	x.Hash = strings.ToLower(strings.TrimSpace(x.Hash))
	name := x.Type + ":" + x.Hash
	switch {
	case kind == 0:
		s.Refuse(at, reasonOther)
		return
	case x.Status == "Withdrawn" || x.Status == "Deleted":
		s.Remove(at, name, timeOf(at, jsonText(x.Modified), s))
		return
	}
	h, err := hashmatch.ParseHex(kind, x.Hash)
	if err != nil {
		s.Refuse(at, err.Error())
		return
	}
	e := hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: h}}, Sources: []string{"stopncii"}, Tags: appendTexts(nil, x.Tags...)}
	var feedbacks []struct {
		Tags []string `json:"tags"`
	}
	if given(x.Feedbacks) && decodeRecord(x.Feedbacks, &feedbacks) != nil {
		s.Note(at, "feedback of another shape than usual: its tags are left out")
	}
	for _, f := range feedbacks {
		e.Tags = appendTexts(e.Tags, f.Tags...)
	}
	if extra, ok := jsonExtra("stopncii", stopnciiExtra{x.Status, listed(x.Cases), listed(x.Feedbacks), listed(x.Regions)}); ok {
		e.Extras = append(e.Extras, extra)
	}
	s.Update(at, name, timeOf(at, jsonText(x.Modified), s), e)
}

// listed returns a value that holds something; nil for null, {} and [].
func listed(raw json.RawMessage) json.RawMessage {
	if t := string(raw); !given(raw) || t == "{}" || t == "[]" {
		return nil
	}
	return raw
}
