package hashmatch

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// fingerprintJSON is the JSON form of a Fingerprint.
type fingerprintJSON struct {
	Size   int64  `json:"size"`
	MD5    string `json:"md5,omitempty"`
	SHA1   string `json:"sha1,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	hashesJSON
	Trimmed       int64  `json:"trimmed,omitempty"`
	MD5Trimmed    string `json:"md5_trimmed,omitempty"`
	SHA1Trimmed   string `json:"sha1_trimmed,omitempty"`
	SHA256Trimmed string `json:"sha256_trimmed,omitempty"`

	Width            int         `json:"width,omitempty"`
	Height           int         `json:"height,omitempty"`
	Format           string      `json:"format,omitempty"`
	Orientation      int         `json:"orientation,omitempty"`
	Partial          float64     `json:"partial,omitempty"`
	Decoder          string      `json:"decoder,omitempty"`
	ThumbnailDiffers bool        `json:"thumbnail_differs,omitempty"`
	Views            []viewJSON  `json:"views,omitempty"` // all but the upright one
	Extras           []extraJSON `json:"extras,omitempty"`
}

// hashesJSON holds the hashes of one view.
type hashesJSON struct {
	PDQ        string `json:"pdq,omitempty"`
	PDQQuality *int   `json:"pdq_quality,omitempty"`
	AHash      string `json:"ahash,omitempty"`
	DHash      string `json:"dhash,omitempty"`
	PHash      string `json:"phash,omitempty"`
	PyAHash    string `json:"pyahash,omitempty"`
	PyDHash    string `json:"pydhash,omitempty"`
	PyPHash    string `json:"pyphash,omitempty"`
	Arithmetic string `json:"arithmetic,omitempty"` // of all of them, or "KIND=ARITHMETIC,..."
	// Approximate names those that may differ from their reference's by more than rounding; it follows from the others.
	Approximate []Kind `json:"approximate,omitempty"`
	Graphic     bool   `json:"graphic,omitempty"`
}

// viewJSON is a view that is not the upright one.
type viewJSON struct {
	View View `json:"view"`
	hashesJSON
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

// hex returns the field that holds the digest kind k.
func (j *fingerprintJSON) hex(k Kind) *string {
	switch k {
	case MD5:
		return &j.MD5
	case SHA1:
		return &j.SHA1
	case SHA256:
		return &j.SHA256
	case MD5Trimmed:
		return &j.MD5Trimmed
	case SHA1Trimmed:
		return &j.SHA1Trimmed
	case SHA256Trimmed:
		return &j.SHA256Trimmed
	}
	panic("hashmatch: no JSON key for " + k.String())
}

// hex returns the field that holds the perceptual kind k.
func (j *hashesJSON) hex(k Kind) *string {
	switch k {
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
		Size: fp.Size, Trimmed: fp.Trimmed, Width: fp.Width, Height: fp.Height, Format: fp.Format, Orientation: fp.Orientation,
		Partial: fp.Partial, Decoder: fp.Decoder, ThumbnailDiffers: fp.ThumbnailDiffers,
	}
	for _, d := range fp.Digests {
		*j.hex(d.Kind()) = d.Hex()
	}
	for _, x := range fp.Extras {
		j.Extras = append(j.Extras, extraJSON(x))
	}
	for rest := fp.Hashes; len(rest) > 0; {
		view := rest[0].View
		n := 1
		for n < len(rest) && rest[n].View == view {
			n++
		}
		if view == Upright {
			j.hashesJSON = formOfView(rest[:n])
		} else {
			j.Views = append(j.Views, viewJSON{view, formOfView(rest[:n])})
		}
		rest = rest[n:]
	}
	return j
}

// formOfView returns the JSON form of one view's hashes.
func formOfView(hashes []PictureHash) (j hashesJSON) {
	same := true
	for i := range hashes {
		h := &hashes[i]
		*j.hex(h.Hash.Kind()) = h.Hash.Hex()
		j.PDQQuality = qualityPointer(h.Quality)
		j.Graphic = j.Graphic || h.Graphic
		same = same && h.Arithmetic == hashes[0].Arithmetic
		if h.Approximate() {
			j.Approximate = append(j.Approximate, h.Hash.Kind())
		}
	}
	if same {
		j.Arithmetic = string(hashes[0].Arithmetic)
		return j
	}
	var parts []string
	for i := range hashes {
		parts = append(parts, hashes[i].Hash.Kind().String()+"="+string(hashes[i].Arithmetic))
	}
	j.Arithmetic = strings.Join(parts, ",")
	return j
}

// fingerprint is the inverse of form.
func (j *fingerprintJSON) fingerprint() (Fingerprint, error) {
	fp := Fingerprint{
		Size: j.Size, Trimmed: j.Trimmed, Width: j.Width, Height: j.Height, Format: j.Format, Orientation: j.Orientation,
		Partial: j.Partial, Decoder: j.Decoder, ThumbnailDiffers: j.ThumbnailDiffers,
	}
	if j.Size < 0 || j.Trimmed < 0 || j.Trimmed > j.Size {
		return Fingerprint{}, fmt.Errorf("hashmatch: %w: size %d, trimmed %d", ErrFormat, j.Size, j.Trimmed)
	}
	for _, k := range Kinds() {
		if !k.Digest() || *j.hex(k) == "" {
			continue
		}
		h, err := ParseHex(k, *j.hex(k))
		if err != nil {
			return Fingerprint{}, err
		}
		fp.Digests = append(fp.Digests, h)
	}
	var err error
	if fp.Hashes, err = j.hashesJSON.appendTo(fp.Hashes, Upright); err != nil {
		return Fingerprint{}, err
	}
	for _, x := range j.Extras {
		fp.Extras = append(fp.Extras, Extra(x))
	}
	seen := map[View]bool{Upright: true}
	for i := range j.Views {
		v := &j.Views[i]
		if v.View == "" || seen[v.View] {
			return Fingerprint{}, fmt.Errorf("hashmatch: %w: view %q is empty, upright or there twice", ErrFormat, v.View)
		}
		seen[v.View] = true
		if fp.Hashes, err = v.appendTo(fp.Hashes, v.View); err != nil {
			return Fingerprint{}, err
		}
	}
	return fp, nil
}

// extraJSON is a value of a kind that the host computes.
type extraJSON struct {
	Name string `json:"name"`
	Data []byte `json:"data"` // base64
}

// appendTo appends the hashes of one view to dst.
func (j *hashesJSON) appendTo(dst []PictureHash, view View) ([]PictureHash, error) {
	var quality Quality
	if q := j.PDQQuality; q != nil {
		if *q < 0 || *q > 100 {
			return nil, fmt.Errorf("hashmatch: %w: pdq_quality %d (0 to 100)", ErrFormat, *q)
		}
		quality = QualityOf(*q)
	}
	for _, k := range Kinds() {
		if !k.Perceptual() || *j.hex(k) == "" {
			continue
		}
		h, err := ParseHex(k, *j.hex(k))
		if err != nil {
			return nil, err
		}
		dst = append(dst, PictureHash{h, view, quality, j.arithmetic(k), j.Graphic})
	}
	return dst, nil
}

// arithmetic returns the arithmetic that the text says for kind k.
func (j *hashesJSON) arithmetic(k Kind) Arithmetic {
	if !strings.Contains(j.Arithmetic, "=") {
		return Arithmetic(j.Arithmetic)
	}
	for part := range strings.SplitSeq(j.Arithmetic, ",") {
		if name, a, _ := strings.Cut(part, "="); name == k.String() {
			return Arithmetic(a)
		}
	}
	return ""
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
