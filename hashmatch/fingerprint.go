package hashmatch

// View names the variant of a picture that a hash was made from.
type View string

// Upright is the whole picture as its pixels are stored: what published sets hold. Other views are variants of the
// query picture (mirrored, trimmed, ...).
const Upright View = "upright"

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
}

// FormatOther is the format of content that was looked at and is no media this build knows.
const FormatOther = "other"

// Fingerprint is everything that was computed from one file.
type Fingerprint struct {
	Size    int64         // bytes
	Digests []Hash        // in the order of their kinds, at most one of a kind
	Hashes  []PictureHash // by view, then kind; empty when no picture was decoded

	Format        string  // what the content is ("jpeg", "png", "heic", ...), FormatOther, or "" when nobody looked
	Width, Height int     // stored pixels, before any orientation; 0 unknown
	Orientation   int     // EXIF orientation 1..8; 0 when the file gives none
	Partial       float64 // share of the picture that could be decoded, in (0, 1); 0 for whole pictures and for none
	Decoder       string  // which decoder and arithmetic made the hashes, with its version
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

// Entry returns an entry of a known item with the fingerprint's size, digests and upright hashes. A view of a picture is no
// picture that somebody published, so its hashes stay out.
func (fp *Fingerprint) Entry() Entry {
	e := Entry{Size: fp.Size, HasSize: len(fp.Digests) > 0}
	for _, d := range fp.Digests {
		e.Hashes = append(e.Hashes, EntryHash{Hash: d})
	}
	for _, h := range fp.Hashes {
		if h.View == Upright {
			e.Hashes = append(e.Hashes, EntryHash{h.Hash, h.Quality})
		}
	}
	return e
}

// Media reports whether the content is known to be a picture or a video, whether or not it could be decoded.
func (fp *Fingerprint) Media() bool { return fp.Format != "" && fp.Format != FormatOther }
