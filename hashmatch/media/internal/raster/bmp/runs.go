package bmp

import "github.com/hashmatch/engine/hashmatch/media/internal/raster"

// The second bytes of pairs whose first is 0.
const (
	endOfRow     = 0
	endOfPicture = 1
	move         = 2
)

// runs feeds rows that are stored as run lengths, from the bottom up, and returns where they end. What runs skip has
// colour number 0.
func (d *Decoder) runs(p *picture, data []byte) (end int, err error) {
	width, height := int(p.width), int(p.height)
	d.row = raster.Grow(d.row, width)
	clear(d.row)
	x, n := 0, 0 // the place in the row, and the row
	feed := func() error {
		if n < height {
			d.cells.Indices(p.place(n), 0, d.row, &d.palette)
			clear(d.row)
		}
		n++
		return d.pace.Spend(width)
	}
	at := 0
	for at+2 <= len(data) && n < height {
		count, value := int(data[at]), data[at+1]
		at += 2
		switch {
		case count > 0:
			x += d.run(p, x, count, value)
		case value == endOfRow:
			x = 0
			err = feed()
		case value == endOfPicture:
			for n < height && err == nil {
				err = feed()
			}
			return at, err
		case value == move:
			if at+2 > len(data) {
				return len(data), nil
			}
			x = min(x+int(data[at]), width)
			for range data[at+1] {
				if err = feed(); err != nil {
					break
				}
			}
			at += 2
		default:
			stored := (int(value)*p.depth + 15) / 16 * 2 // padded to two bytes
			if at+stored > len(data) {
				return len(data), nil
			}
			x += d.literal(p, x, int(value), data[at:])
			at += stored
		}
		if err == nil {
			err = d.pace.Spend(8)
		}
		if err != nil {
			return 0, err
		}
	}
	if n < height && x >= width { // the last row there is, without its end
		err = feed()
	}
	if at+2 <= len(data) && data[at] == 0 && data[at+1] == endOfPicture {
		at += 2
	}
	return at, err
}

// run draws count pixels of one value, or of two in turn where a value has four bits, and returns how far it got before
// the row's end.
func (d *Decoder) run(p *picture, x, count int, value byte) int {
	row := d.row[x:]
	row = row[:min(count, len(row))]
	for i := range row {
		row[i] = value
		if p.depth == 4 {
			row[i] = value >> (4 - i%2*4) & 15
		}
	}
	return len(row)
}

// literal draws count pixels as they are stored.
func (d *Decoder) literal(p *picture, x, count int, stored []byte) int {
	row := d.row[x:]
	row = row[:min(count, len(row))]
	raster.Unpack(row, stored, p.depth)
	return len(row)
}
