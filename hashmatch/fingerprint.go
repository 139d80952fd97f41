package hashmatch

// Quality is PDQ's measure of a picture's detail, 0..100, or unknown. The zero Quality is unknown, so that a hash built
// without one is never mistaken for a blank picture's and silently kept out of matching.
type Quality uint8

// QualityOf returns the Quality of q, which is cut to 0..100.
func QualityOf(q int) Quality { return Quality(min(max(q, 0), 100) + 1) }

// Value returns the quality in 0..100, and false when it is unknown.
func (q Quality) Value() (int, bool) { return int(q) - 1, q != 0 }

// Below reports whether the quality is known to be below gate. An unknown quality passes every gate.
func (q Quality) Below(gate int) bool { return q != 0 && int(q)-1 < gate }

// PictureHash is a perceptual hash with how it came about.
type PictureHash struct {
	Hash    Hash
	View    View
	Quality Quality // of the view's pixels, measured once: it speaks for every kind of that view
	// Arithmetic says how it was made from which pixels; "" unknown. Of a part or turn of the picture it names the plane that
	// the view was taken from.
	Arithmetic Arithmetic
	// Graphic says that the view looks drawn: a flag, card, sign, page of text or screen. The hashes of such pictures are
	// near each other more often than those of photographs. It is false where nobody looked.
	Graphic bool
}

// Approximate reports whether the hash may differ from its reference's by more than rounding now and then: a dhash from
// luma alone has its ties decided by the rounding of colours that it never saw.
func (h *PictureHash) Approximate() bool {
	return h.Hash.Kind() == DHash && (h.Arithmetic == Luma1 || h.Arithmetic == Luma4 || h.Arithmetic == Luma8)
}

// Arithmetic names how a hash was made from a picture's pixels.
type Arithmetic string

// The arithmetics. The references' arithmetic on all pixels is exact; the others fold the reference's filter onto a plane
// whose samples are means of 1, 4 x 4 or 8 x 8 pixels, and differ from it by rounding.
const (
	Reference Arithmetic = "reference"
	Luma1     Arithmetic = "luma"
	Luma4     Arithmetic = "luma/4"
	Luma8     Arithmetic = "luma/8"
)

// FormatOther is the format of content that was looked at and is no media this build knows.
const FormatOther = "other"

// Fingerprint is everything that was computed from one file.
type Fingerprint struct {
	Size    int64         // bytes
	Trimmed int64         // bytes up to the end of the picture, where others follow; 0 when none do, or nobody looked
	Digests []Hash        // in the order of their kinds, at most one of a kind
	Hashes  []PictureHash // view after view, Upright first, and by kind; empty when no picture was decoded
	Extras  []Extra       // values of kinds that a host computes itself

	Format        string  // what the content is ("jpeg", "png", "heic", ...), FormatOther, or "" when nobody looked
	Width, Height int     // stored pixels, before any orientation; 0 unknown
	Orientation   int     // EXIF orientation 1..8; 0 when the file gives none
	Partial       float64 // share of the picture that could be decoded, in (0, 1); 0 for whole pictures and for none
	Decoder       string  // which decoder made the hashes, with its version

	// ThumbnailDiffers tells that the thumbnail in the file shows something else than the picture does: one of them
	// was changed. Its hashes are those of the view Thumbnail.
	ThumbnailDiffers bool
}

// EnoughShare is the share of a picture that must have been decoded for its hashes to count as the picture's: of
// 97 % and more, 96 in 100 are within PDQ's usual radius of the whole.
const EnoughShare = 0.97

// Incomplete reports whether so little of the picture was compared that finding nothing says nothing: less than
// EnoughShare of it, or its embedded thumbnail alone.
func (fp *Fingerprint) Incomplete() bool {
	if fp.Partial > 0 && fp.Partial < EnoughShare {
		return true
	}
	thumbnail := false
	for _, h := range fp.Hashes {
		if h.View == Upright {
			return false
		}
		thumbnail = thumbnail || h.View == Thumbnail
	}
	return thumbnail
}

// Digest returns the digest of kind k; the zero Hash when there is none.
func (fp *Fingerprint) Digest(k Kind) Hash {
	for _, h := range fp.Digests {
		if h.Kind() == k {
			return h
		}
	}
	return Hash{}
}

// Hash returns the hash of kind k made from view v, and whether there is one.
func (fp *Fingerprint) Hash(k Kind, v View) (PictureHash, bool) {
	for _, h := range fp.Hashes {
		if h.Hash.Kind() == k && h.View == v {
			return h, true
		}
	}
	return PictureHash{}, false
}

// Quality returns the quality of the upright view; unknown when no picture was hashed.
func (fp *Fingerprint) Quality() Quality {
	for _, h := range fp.Hashes {
		if h.View == Upright {
			return h.Quality
		}
	}
	return 0
}

// Graphic reports whether the upright picture looks drawn; see PictureHash.
func (fp *Fingerprint) Graphic() bool {
	for _, h := range fp.Hashes {
		if h.View == Upright {
			return h.Graphic
		}
	}
	return false
}

// Entry returns an entry of a known item with the fingerprint's size, digests and upright hashes. A view of a picture is no
// picture that somebody published, so its hashes stay out; so do those of an incomplete picture, which are not the
// picture's.
func (fp *Fingerprint) Entry() Entry {
	e := Entry{Size: fp.Size, HasSize: len(fp.Digests) > 0}
	for _, d := range fp.Digests {
		e.Hashes = append(e.Hashes, EntryHash{Hash: d})
	}
	if fp.Incomplete() {
		return e
	}
	for _, h := range fp.Hashes {
		if h.View == Upright {
			e.Hashes = append(e.Hashes, EntryHash{h.Hash, h.Quality})
		}
	}
	e.Extras = append(e.Extras, fp.Extras...)
	return e
}

// Media reports whether the content is known to be a picture or a video, whether or not it could be decoded.
func (fp *Fingerprint) Media() bool { return fp.Format != "" && fp.Format != FormatOther }
