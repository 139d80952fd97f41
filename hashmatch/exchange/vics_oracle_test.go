package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// The oracle: what an entry holds of a record, found slowly in its tree.

// oracle is what is to be found of a record.
type oracle struct {
	entry    hashmatch.Entry
	refused  bool
	photoDNA map[string]bool
	rawNotes bool // a comment is no text: the entry holds it as the document spells it
	comments []string
}

func oracleOf(m members) *oracle {
	o := &oracle{photoDNA: map[string]bool{}}
	got := map[string]bool{}
	for _, p := range m {
		lower := strings.ToLower(p.name)
		if strings.HasPrefix(lower, "odata.") || strings.Contains(lower, "@odata.") {
			continue
		}
		digest := lower == "md5" || lower == "sha1" || lower == "sha256"
		if !got[lower] || digest {
			if o.member(lower, p.value) {
				got[lower] = true
			}
		}
		o.secrets(lower, p.value, nil)
		o.lists(lower, p.value)
	}
	o.entry.Comments = strings.Join(o.comments, "\n")
	o.refused = o.refused || len(o.entry.Hashes) == 0
	return o
}

// member takes what a member of the Media says, and reports whether it says something.
func (o *oracle) member(name string, v tree) bool {
	e := &o.entry
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch name {
	case "mediaid", "category":
		if isNumber {
			text = string(number)
		}
		if name == "mediaid" {
			e.ID = text
		} else {
			e.Category = text
		}
		return text != ""
	case "md5":
		if v == nil || v == "" {
			return false
		}
		return o.hash(hashmatch.MD5, text, true)
	case "sha1":
		return isText && o.hash(hashmatch.SHA1, text, false)
	case "sha256":
		return isText && o.hash(hashmatch.SHA256, text, false)
	case "mediasize":
		if isNumber {
			text = string(number)
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || text[0] == '-' || text[0] == '+' {
			return false
		}
		e.Size, e.HasSize = n, true
	case "series":
		object, _ := v.(members)
		for _, p := range object {
			if name, _ := p.value.(string); text == "" && strings.EqualFold(p.name, "Name") {
				text = name
			}
		}
		e.Series = text
		return text != ""
	case "tags":
		list := []tree{v}
		if l, ok := v.([]tree); ok {
			list = l
		}
		if slices.ContainsFunc(list, func(t tree) bool { _, ok := t.(string); return !ok }) {
			return false
		}
		for _, t := range list {
			if t != "" {
				e.Tags = append(e.Tags, t.(string))
			}
		}
		return len(list) > 0 && v != ""
	default:
		flag := map[string]*hashmatch.Flag{"victimidentified": &e.Flags.VictimIdentified, "offenderidentified": &e.Flags.OffenderIdentified,
			"isdistributed": &e.Flags.Distributed, "issuspected": &e.Flags.Suspected, "selfgenerated": &e.Flags.SelfGenerated,
			"isprecategorized": &e.Flags.Precategorized}[name]
		state := map[string]hashmatch.Flag{"true": hashmatch.Yes, "false": hashmatch.No}[strings.ToLower(fmt.Sprint(v))]
		if flag == nil || state == hashmatch.Unsaid {
			return false
		}
		*flag = state
	}
	return true
}

func (o *oracle) hash(k hashmatch.Kind, digits string, must bool) bool {
	h, err := hashmatch.ParseHex(k, digits)
	if err != nil {
		o.refused = o.refused || must
		return false
	}
	for _, old := range o.entry.Hashes {
		if k.Digest() && old.Hash.Kind() == k {
			o.refused = o.refused || old.Hash != h
			return true
		}
	}
	o.entry.Hashes = append(o.entry.Hashes, hashmatch.EntryHash{Hash: h})
	return true
}

// lists takes file names and alternative hashes.
func (o *oracle) lists(name string, v tree) {
	list, _ := v.([]tree)
	for _, e := range list {
		object, _ := e.(members)
		var hashName, hashValue string
		for _, p := range object {
			text, _ := p.value.(string)
			switch lower := strings.ToLower(p.name); {
			case name == "mediafiles" && lower == "filename" && text != "":
				o.entry.Names = append(o.entry.Names, text)
			case lower == "hashname" && text != "":
				hashName = text
			case lower == "hashvalue" && text != "":
				hashValue = text
			}
		}
		if name != "alternativehashes" {
			continue
		}
		switch hashName {
		case "PDQ":
			o.hash(hashmatch.PDQ, hashValue, false)
		case "SHA-256":
			kept := o.refused
			o.hash(hashmatch.SHA256, hashValue, false)
			o.refused = kept
		}
	}
}

// isPhotoDNA reports whether a text is a PhotoDNA value, and its bytes.
func isPhotoDNA(v tree) (string, bool) {
	text, _ := v.(string)
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == photoDNASize {
		return string(raw), true
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	return string(raw), err == nil && len(raw) == photoDNASize
}

func holdsPhotoDNA(name string) bool {
	return strings.Contains(name, "photodna") || strings.Contains(name, "pdna")
}

// secrets gathers comments and PhotoDNA values, wherever they are. within is the alternative hash around the member.
func (o *oracle) secrets(name string, v tree, within members) {
	photoDNA := holdsPhotoDNA(name)
	for _, p := range within {
		hashName, _ := p.value.(string)
		photoDNA = photoDNA || name == "hashvalue" && p.name == "HashName" && holdsPhotoDNA(strings.ToLower(hashName))
	}
	if photoDNA {
		if raw, ok := isPhotoDNA(v); ok {
			o.photoDNA[raw] = true
		}
		return
	}
	if strings.Contains(name, "comment") {
		if text, ok := v.(string); ok {
			if text != "" {
				o.comments = append(o.comments, text)
			}
		} else {
			o.rawNotes = o.rawNotes || v != nil
		}
		return
	}
	switch v := v.(type) {
	case members:
		for _, p := range v {
			o.secrets(strings.ToLower(p.name), p.value, v)
		}
	case []tree:
		for _, e := range v {
			o.secrets("", e, nil)
		}
	}
}

// written is what a record becomes on its way through a set: without what only serves the protocol, and without PhotoDNA
// values that are none.
func written(m members) members {
	var w members
	for _, p := range m {
		lower := strings.ToLower(p.name)
		if !strings.HasPrefix(lower, "odata.") && !strings.Contains(lower, "@odata.") {
			w = append(w, pair{p.name, writtenValue(lower, p.value, nil)})
		}
	}
	return w
}

func writtenValue(name string, v tree, within members) tree {
	photoDNA := holdsPhotoDNA(name)
	for _, p := range within {
		hashName, _ := p.value.(string)
		photoDNA = photoDNA || name == "hashvalue" && p.name == "HashName" && holdsPhotoDNA(strings.ToLower(hashName))
	}
	if photoDNA {
		if _, ok := isPhotoDNA(v); !ok && v != "" {
			return nil
		}
		return v
	}
	switch v := v.(type) {
	case members:
		w := members{}
		for _, p := range v {
			w = append(w, pair{p.name, writtenValue(strings.ToLower(p.name), p.value, v)})
		}
		return w
	case []tree:
		w := []tree{}
		for _, e := range v {
			w = append(w, writtenValue("", e, nil))
		}
		return w
	}
	return v
}
