package pdq

import (
	"encoding/csv"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// turned returns the picture with its pixels really turned.
func (p *picture) turned(o Orientation) *picture {
	t := &picture{w: p.w, h: p.h, pix: make([]float32, len(p.pix))}
	if o == Rot90 || o == Rot270 || o == Transpose || o == Transverse {
		t.w, t.h = p.h, p.w
	}
	last, bottom := p.w-1, p.h-1
	for y := range t.h {
		for x := range t.w {
			var from [2]int
			switch o {
			case Upright:
				from = [2]int{x, y}
			case Rot90:
				from = [2]int{last - y, x}
			case Rot180:
				from = [2]int{last - x, bottom - y}
			case Rot270:
				from = [2]int{y, bottom - x}
			case Flip:
				from = [2]int{x, bottom - y}
			case Mirror:
				from = [2]int{last - x, y}
			case Transpose:
				from = [2]int{y, x}
			case Transverse:
				from = [2]int{last - y, bottom - x}
			}
			t.pix[y*t.w+x] = p.pix[from[1]*p.w+from[0]]
		}
	}
	return t
}

// checkTurned compares SumEight with Sum of turned pixels.
func checkTurned(t *testing.T, p *picture) {
	t.Helper()
	var codes [8][32]byte
	quality := SumEight(p.w, p.h, p.row, &codes)
	for o, got := range codes {
		q := p.turned(Orientation(o))
		want, wantQuality := Sum(q.w, q.h, q.row)
		if got != want {
			t.Errorf("%dx%d, orientation %d: %x, want %x", p.w, p.h, o, got, want)
		}
		if o == 0 && quality != wantQuality {
			t.Errorf("%dx%d: quality %d, want %d", p.w, p.h, quality, wantQuality)
		}
	}
}

func TestSumEightIsSumOfTurnedPixels(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		rnd := testkit.Rand(t)
		sizes := [][2]int{{4, 9}, {9, 4}, {5, 5}, {5, 130}, {130, 5}, {64, 64}, {64, 65}, {63, 64}, {129, 128}, {128, 129}, {300, 257}}
		for range 8 {
			sizes = append(sizes, [2]int{5 + rnd.IntN(300), 5 + rnd.IntN(300)})
		}
		for i, size := range sizes {
			checkTurned(t, random(rnd, size[0], size[1], i%2 == 0))
		}
	})
}

// TestRowsComeInOrder holds callers that keep no picture to what the doc says.
func TestRowsComeInOrder(t *testing.T) {
	p := random(testkit.Rand(t), 40, 30, true)
	var asked []int
	luma := func(y int, dst []float32) {
		asked = append(asked, y)
		p.row(y, dst)
	}
	var codes [8][32]byte
	check := func(name string, want int) {
		t.Helper()
		if len(asked) != want {
			t.Errorf("%s asked for %d rows, want %d", name, len(asked), want)
		}
		for i, y := range asked {
			if i >= p.h {
				i = 2*p.h - 1 - i
			}
			if y != i {
				t.Fatalf("%s asked for row %d, want %d", name, y, i)
			}
		}
		asked = nil
	}
	Sum(p.w, p.h, luma)
	check("Sum", p.h)
	Dihedral(p.w, p.h, luma, &codes)
	check("Dihedral", p.h)
	SumEight(p.w, p.h, luma, &codes)
	check("SumEight", 2*p.h)
}

func TestDihedralSmall(t *testing.T) {
	p := random(testkit.Rand(t), 4, 50, true)
	codes := [8][32]byte{{1}}
	if q := Dihedral(p.w, p.h, p.row, &codes); q != 0 || codes != [8][32]byte{} {
		t.Errorf("%x, quality %d", codes, q)
	}
}

// vectors are what the C++ reference prints for each picture.
func vectors(t *testing.T) (names []string, columns func(name, column string) string, read func(name string) *picture) {
	t.Helper()
	const dir = "../../../../testdata/vectors"
	f, err := os.Open(filepath.Join(dir, "hashes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]map[string]string{}
	for _, row := range rows[1:] {
		if !strings.HasSuffix(row[0], ".png") {
			continue // what a JPEG's pixels are depends on the decoder
		}
		names = append(names, row[0])
		values[row[0]] = map[string]string{}
		for i, column := range rows[0] {
			values[row[0]][column] = row[i]
		}
	}
	testkit.AtLeast(t, 14, len(names), "vectors")
	columns = func(name, column string) string {
		v, ok := values[name][column]
		if !ok {
			t.Fatalf("no column %s", column)
		}
		return v
	}
	read = func(name string) *picture {
		f, err := os.Open(filepath.Join(dir, "images", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		return lumaOf(m)
	}
	return names, columns, read
}

// lumaOf returns the luma of the colours as stored, alpha dropped.
func lumaOf(m image.Image) *picture {
	b := m.Bounds()
	p := &picture{w: b.Dx(), h: b.Dy()}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if c, ok := m.At(x, y).(color.Gray); ok {
				p.pix = append(p.pix, float32(c.Y))
				continue
			}
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			p.pix = append(p.pix, Luma(c.R, c.G, c.B))
		}
	}
	return p
}

func TestVectors(t *testing.T) {
	names, column, read := vectors(t)
	bothWays(t, func(t *testing.T) {
		for _, name := range names {
			p := read(name)
			quality, err := strconv.Atoi(column(name, "quality"))
			if err != nil {
				t.Fatal(err)
			}
			if code, q := p.sum(); code != column(name, "pdq") || q != quality {
				t.Errorf("%s: %s, quality %d, want %s, %d", name, code, q, column(name, "pdq"), quality)
			}
			var codes [8][32]byte
			Dihedral(p.w, p.h, p.row, &codes)
			for o, suffix := range [8]string{"none", "rot90", "rot180", "rot270", "flipx", "flipy", "flipplus1", "flipminus1"} {
				if got, want := hex.EncodeToString(codes[o][:]), column(name, "dih_"+suffix); got != want {
					t.Errorf("%s: %s is %s, want %s", name, suffix, got, want)
				}
			}
		}
	})
}
