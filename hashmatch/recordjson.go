package hashmatch

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// fingerprintJSON is the JSON form of a Fingerprint. Only the upright view's hashes have a place in it.
type fingerprintJSON struct {
	Size       int64  `json:"size"`
	MD5        string `json:"md5,omitempty"`
	SHA1       string `json:"sha1,omitempty"`
	SHA256     string `json:"sha256,omitempty"`
	PDQ        string `json:"pdq,omitempty"`
	PDQQuality *int   `json:"pdq_quality,omitempty"`
	AHash      string `json:"ahash,omitempty"`
	DHash      string `json:"dhash,omitempty"`
	PHash      string `json:"phash,omitempty"`
	PyAHash    string `json:"pyahash,omitempty"`
	PyDHash    string `json:"pydhash,omitempty"`
	PyPHash    string `json:"pyphash,omitempty"`

	Width       int     `json:"width,omitempty"`
	Height      int     `json:"height,omitempty"`
	Format      string  `json:"format,omitempty"`
	Orientation int     `json:"orientation,omitempty"`
	Partial     float64 `json:"partial,omitempty"`
	Decoder     string  `json:"decoder,omitempty"`
}

// recordJSON is the JSON form of a Record: what `hash` and `scan` print and what reads them back. Keys that begin with
// "path" stand in records only.
type recordJSON struct {
	Root    int     `json:"root,omitempty"`
	Path    *string `json:"path,omitempty"`
	PathB64 *string `json:"path_b64,omitempty"` // in place of path when it is not UTF-8
	Status  string  `json:"status,omitempty"`
	Fault   string  `json:"fault,omitempty"`
	fingerprintJSON
	Matches []Match `json:"matches,omitempty"`
	More    int     `json:"matches_more,omitempty"`
	Error   string  `json:"error,omitempty"`
	Viewed  string  `json:"viewed,omitempty"`
}

// hex returns the field that holds kind k.
func (j *fingerprintJSON) hex(k Kind) *string {
	switch k {
	case MD5:
		return &j.MD5
	case SHA1:
		return &j.SHA1
	case SHA256:
		return &j.SHA256
	case PDQ:
		return &j.PDQ
	case AHash:
		return &j.AHash
	case DHash:
		return &j.DHash
	case PHash:
		return &j.PHash
	case PyAHash:
		return &j.PyAHash
	case PyDHash:
		return &j.PyDHash
	case PyPHash:
		return &j.PyPHash
	}
	panic("hashmatch: no JSON key for " + k.String())
}

// form returns the JSON form of fp.
func (fp *Fingerprint) form() fingerprintJSON {
	j := fingerprintJSON{
		Size: fp.Size, Width: fp.Width, Height: fp.Height, Format: fp.Format, Orientation: fp.Orientation, Partial: fp.Partial,
		Decoder: fp.Decoder,
	}
	for _, d := range fp.Digests {
		*j.hex(d.Kind()) = d.Hex()
	}
	for _, h := range fp.Hashes {
		if h.View == Upright {
			*j.hex(h.Hash.Kind()) = h.Hash.Hex()
			j.PDQQuality = qualityPointer(h.Quality)
		}
	}
	return j
}

// fingerprint is the inverse of form.
func (j *fingerprintJSON) fingerprint() (Fingerprint, error) {
	fp := Fingerprint{
		Size: j.Size, Width: j.Width, Height: j.Height, Format: j.Format, Orientation: j.Orientation, Partial: j.Partial,
		Decoder: j.Decoder,
	}
	if j.Size < 0 {
		return Fingerprint{}, fmt.Errorf("hashmatch: %w: size %d", ErrFormat, j.Size)
	}
	var quality Quality
	if q := j.PDQQuality; q != nil {
		if *q < 0 || *q > 100 {
			return Fingerprint{}, fmt.Errorf("hashmatch: %w: pdq_quality %d (0 to 100)", ErrFormat, *q)
		}
		quality = QualityOf(*q)
	}
	for _, k := range Kinds() {
		digits := *j.hex(k)
		if digits == "" {
			continue
		}
		h, err := ParseHex(k, digits)
		if err != nil {
			return Fingerprint{}, err
		}
		if k.Digest() {
			fp.Digests = append(fp.Digests, h)
		} else {
			fp.Hashes = append(fp.Hashes, PictureHash{h, Upright, quality})
		}
	}
	return fp, nil
}

// MarshalJSON returns the fingerprint as one JSON object with a key for each kind.
func (fp Fingerprint) MarshalJSON() ([]byte, error) { return marshalPlain(fp.form()) }

// marshalPlain is json.Marshal without its escapes for HTML: "a&b" stays what it is, if the encoder around wants it so.
func marshalPlain(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// UnmarshalJSON is the inverse of MarshalJSON. Unknown keys are passed over.
func (fp *Fingerprint) UnmarshalJSON(data []byte) error {
	var j fingerprintJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("hashmatch: %w: %w", ErrFormat, err)
	}
	var err error
	*fp, err = j.fingerprint()
	return err
}

// MarshalJSON returns the record as one JSON object. A path that is not UTF-8 stands as base64 under "path_b64", so that
// no two paths look alike. A record with an outcome also says that nobody viewed the file.
func (r Record) MarshalJSON() ([]byte, error) {
	j := recordJSON{
		Root: r.Root, Status: r.Outcome.String(), Fault: r.Fault.String(), fingerprintJSON: r.Fingerprint.form(),
		Matches: r.Matches, More: r.More, Error: r.Error,
	}
	if utf8.ValidString(r.Path) {
		j.Path = &r.Path
	} else {
		b64 := base64.StdEncoding.EncodeToString([]byte(r.Path))
		j.PathB64 = &b64
	}
	if r.Outcome != 0 {
		j.Viewed = "no"
	}
	return marshalPlain(&j)
}

// UnmarshalJSON is the inverse of MarshalJSON. An object that has neither path nor path_b64 is no record and gives an
// error that wraps ErrFormat; unknown keys are passed over.
func (r *Record) UnmarshalJSON(data []byte) error {
	var j recordJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("hashmatch: %w: %w", ErrFormat, err)
	}
	*r = Record{Root: j.Root, Matches: j.Matches, More: j.More, Error: j.Error}
	switch {
	case j.Path != nil:
		r.Path = *j.Path
	case j.PathB64 != nil:
		raw, err := base64.StdEncoding.DecodeString(*j.PathB64)
		if err != nil {
			return fmt.Errorf("hashmatch: %w: path_b64: %w", ErrFormat, err)
		}
		r.Path = string(raw)
	default:
		return fmt.Errorf("hashmatch: %w: a record has a path", ErrFormat)
	}
	if err := r.Outcome.UnmarshalText([]byte(j.Status)); err != nil {
		return err
	}
	if err := r.Fault.UnmarshalText([]byte(j.Fault)); err != nil {
		return err
	}
	var err error
	r.Fingerprint, err = j.fingerprint()
	return err
}
