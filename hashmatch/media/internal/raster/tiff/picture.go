package tiff

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// How the data is compressed.
const (
	none       = 1
	group3     = 3
	group4     = 4
	lzwCodes   = 5
	deflate    = 8
	deflateOld = 32946
	packBits   = 32773
)

// What the samples mean.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgb         = 2
	palette     = 3
	cmyk        = 5
)

// picture is what the directory says.
type picture struct {
	directory
	width, height int
	depth         int // bits of a sample
	samples       int // of a pixel
	compression   uint32
	photometric   uint32
	differences   bool // each sample but a row's first is stored as what it is more than the one before
	planes        int  // stored one after the other: 1 or the number of samples
	tiled         bool
	across, down  int // blocks, that is, strips or tiles
	blockWidth    int // in pixels
	blockHeight   int
	offsets       *field
	counts        *field
	layout        raster.Layout // of pixels whose samples have whole bytes
}

// mostSide is far above what any caller admits, and so low that no sum of sides overflows.
const mostSide = 1 << 29

// read takes a file's first directory and refuses what cannot be decoded. Nothing is allocated.
func (p *picture) read(data []byte) error {
	*p = picture{}
	if err := p.directory.read(data); err != nil {
		return err
	}
	w, h := p.field(tagWidth).or(0), p.field(tagHeight).or(0)
	if w == 0 || h == 0 {
		return corrupt("a picture of %dx%d pixels", w, h)
	}
	if w > mostSide || h > mostSide {
		return fmt.Errorf("tiff: a picture of %dx%d pixels: %w", w, h, hashmatch.ErrLimit)
	}
	p.width, p.height = int(w), int(h)
	if err := p.readSamples(); err != nil {
		return err
	}
	if err := p.readStorage(); err != nil {
		return err
	}
	return p.readBlocks()
}

// readSamples finds out what a pixel is made of.
func (p *picture) readSamples() error {
	depths := p.field(tagBits)
	p.depth = int(depths.or(1))
	p.samples = max(depths.count, 1)
	// Some writers give the depth once for all samples.
	if n := p.field(tagSamples); depths.count <= 1 && n.count > 0 && n.at(0) > 0 && n.at(0) <= 16 {
		p.samples = int(n.at(0))
	}
	if p.samples > 16 {
		return unsupported("%d samples a pixel", p.samples)
	}
	for i := range depths.count {
		if int(depths.at(i)) != p.depth {
			return unsupported("samples of %d and %d bits", p.depth, depths.at(i))
		}
	}
	for i := range min(p.field(tagFormat).count, 16) {
		if f := p.field(tagFormat).at(i); f != 1 {
			return unsupported("sample format %d", f)
		}
	}
	p.photometric = p.field(tagPhotometric).or(whiteIsZero)
	bytes := p.depth / 8
	switch {
	case p.depth != 1 && p.depth != 2 && p.depth != 4 && p.depth != 8 && p.depth != 16:
		return unsupported("samples of %d bits", p.depth)
	case p.depth < 8 && (p.samples > 1 || p.photometric == rgb):
		return unsupported("%d samples of %d bits", p.samples, p.depth)
	case p.photometric == palette && p.depth <= 8 && p.samples == 1:
		if p.field(tagColours).count < 3 {
			return corrupt("no colours")
		}
		return nil
	case p.photometric == whiteIsZero && p.samples == 1:
	case p.photometric == blackIsZero:
	case p.photometric == rgb && p.samples >= 3:
	case p.photometric == cmyk && p.samples == 4 && p.depth == 8:
	default:
		return unsupported("photometric interpretation %d of %d samples of %d bits", p.photometric, p.samples, p.depth)
	}
	high := 0 // the place of the byte that counts in a sample
	if !p.big {
		high = max(bytes-1, 0)
	}
	p.layout = raster.Layout{Step: p.samples * bytes, R: high, G: high, B: high, A: -1}
	if p.photometric == rgb {
		p.layout.G, p.layout.B = high+bytes, high+2*bytes
	}
	// Alpha that is not multiplied in; of pixels that have it multiplied in, what is stored counts.
	if colours := p.layout.B/max(bytes, 1) + 1; p.samples == colours+1 && p.field(tagExtra).or(0) == 2 {
		p.layout.A = high + colours*bytes
	}
	return nil
}

// readStorage finds out how samples are stored.
func (p *picture) readStorage() error {
	p.compression = p.field(tagCompression).or(none)
	switch p.compression {
	case 0: // as some writers have it
		p.compression = none
	case deflateOld:
		p.compression = deflate
	case none, lzwCodes, deflate, packBits, group4:
	case group3:
		if p.field(tagT4Options).or(0)&1 != 0 {
			return unsupported("two-dimensional Group 3")
		}
	default:
		return unsupported("compression %d", p.compression)
	}
	if p.fax() && (p.depth != 1 || p.samples != 1) {
		return corrupt("a fax of %d samples of %d bits", p.samples, p.depth)
	}
	if p.field(tagFillOrder).or(1) == 2 && !p.fax() {
		return unsupported("bits in reverse order")
	}
	switch predictor := p.field(tagPredictor).or(1); {
	case predictor == 2 && p.depth < 8:
		return unsupported("differences of samples of %d bits", p.depth)
	case predictor == 2:
		p.differences = true
	case predictor > 2:
		return unsupported("predictor %d", predictor)
	}
	p.planes = 1
	if p.field(tagPlanar).or(1) == 2 {
		p.planes = p.samples
	}
	return nil
}

// fax reports whether the data is in one of CCITT's codes.
func (p *picture) fax() bool { return p.compression == group3 || p.compression == group4 }

// readBlocks finds the strips or tiles.
func (p *picture) readBlocks() error {
	if w := p.field(tagTileWidth).or(0); w != 0 {
		h := p.field(tagTileHeight).or(0)
		if w < 8 || h < 8 {
			return corrupt("tiles of %dx%d pixels", w, h)
		}
		// Tiles fill up to a multiple of 16 pixels, and small pictures may have one of the usual size.
		if w > uint32(max(p.width+16, 1024)) || h > uint32(max(p.height+16, 1024)) {
			return corrupt("tiles of %dx%d pixels in a picture of %dx%d", w, h, p.width, p.height)
		}
		p.tiled, p.blockWidth, p.blockHeight = true, int(w), int(h)
		p.offsets, p.counts = p.field(tagTileOffsets), p.field(tagTileCounts)
	} else {
		p.blockWidth, p.blockHeight = p.width, p.height
		if n := p.field(tagRowsPerStrip).or(0); n > 0 && n < uint32(p.height) {
			p.blockHeight = int(n)
		}
		p.offsets, p.counts = p.field(tagStripOffsets), p.field(tagStripCounts)
	}
	if p.offsets.count == 0 {
		return corrupt("no strips or tiles")
	}
	p.across = (p.width + p.blockWidth - 1) / p.blockWidth
	p.down = (p.height + p.blockHeight - 1) / p.blockHeight
	return nil
}

// rowBytes returns the length of a block's row in one plane, as stored.
func (p *picture) rowBytes() int64 {
	return (int64(p.blockWidth)*int64(p.samples/p.planes)*int64(p.depth) + 7) / 8
}

// step returns the bytes of a pixel once it is unpacked.
func (p *picture) step() int { return max(p.layout.Step, 1) }

// block returns the data of a plane's block, as much of it as there is.
func (p *picture) block(data []byte, plane, n int) []byte {
	n += plane * p.across * p.down
	if n < 0 || n >= p.offsets.count { // the product overflows where an int has 32 bits
		return nil
	}
	at := min(int64(p.offsets.at(n)), int64(len(data)))
	block := data[at:]
	if n < p.counts.count { // without a count, what follows is the block's, as far as it goes
		block = block[:min(int64(p.counts.at(n)), int64(len(block)))]
	}
	return block
}

// header returns what the picture claims.
func (p *picture) header() raster.Header {
	w, h := int64(p.width), int64(p.height)
	bits := w * int64(p.samples) * int64(p.depth)
	least := int64(8)
	if most := p.expansion(); most > 0 && w <= plane.MaxSide && h <= plane.MaxSide {
		least += bits * ((h + 1) / 2) / 8 / most
	}
	rows := int64(1)
	if p.tiled {
		rows = min(int64(p.blockHeight), h)
	}
	head := raster.Header{
		Width: p.width, Height: p.height,
		Orientation: int(p.field(tagOrientation).or(0)),
		Alpha:       p.layout.A >= 0,
		Reduced:     p.field(tagSubfile).or(0)&1 != 0,
		Least:       least,
	}
	if head.Orientation > 8 {
		head.Orientation = 0
	}
	head.Scratch = raster.RowScratch(min(p.width, plane.MaxSide), min(p.height, plane.MaxSide), max(p.step(), 3)) +
		rows*w*int64(p.step()) + 2*p.rowBytes() + 3*w + int64(p.planes)*expanding
	if p.fax() { // a reader for each block
		head.Scratch += int64(p.across) * int64(p.down) * (2*int64(p.blockWidth) + 2048)
	}
	return head
}

// expansion returns the most bytes that come of one, 0 if there is no such bound: a fax says in a bit that a row is like
// the one above.
func (p *picture) expansion() int64 {
	switch p.compression {
	case none:
		return 1
	case packBits:
		return 64
	case lzwCodes:
		return 4096 * 8 / 12
	case deflate:
		return 1032
	}
	return 0
}

// expanding is what decompressing one plane takes: the tables and window of Deflate are the largest.
const expanding = 128 << 10

// ReadHeader returns what the first picture of a TIFF claims. It allocates nothing. The error wraps ErrCorrupt or
// ErrUnsupported.
func ReadHeader(data []byte) (raster.Header, error) {
	var p picture
	if err := p.read(data); err != nil {
		return raster.Header{}, err
	}
	return p.header(), nil
}
