package pyimagehash

import (
	"encoding/csv"
	"image"
	"image/color"
	_ "image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

const vectorDir = "../../../../testdata/vectors"

// lumaOf returns the luma of a picture as Pillow opens it: alpha dropped, palette expanded.
func lumaOf(img image.Image) (pix []byte, w, h int) {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if g, ok := img.At(x, y).(color.Gray); ok {
				pix = append(pix, g.Y)
				continue
			}
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			if n, ok := img.(*image.NRGBA); ok {
				c = n.NRGBAAt(x, y)
			}
			pix = append(pix, Luma(c.R, c.G, c.B))
		}
	}
	return pix, b.Dx(), b.Dy()
}

// TestVectors compares with what Python imagehash printed for the lossless reference pictures.
func TestVectors(t *testing.T) {
	f, err := os.Open(filepath.Join(vectorDir, "hashes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var h Hasher
	ran := 0
	for _, row := range rows[1:] {
		name := row[column["file"]]
		if !strings.HasSuffix(name, ".png") {
			continue
		}
		file, err := os.Open(filepath.Join(vectorDir, "images", name))
		if err != nil {
			t.Fatal(err)
		}
		img, _, err := image.Decode(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		pix, width, height := lumaOf(img)
		if err := h.Start(width, height); err != nil {
			t.Fatal(err)
		}
		for y := range height {
			h.Row(pix[y*width:])
		}
		a, d, p := h.Sums()
		for kind, got := range map[string]uint64{"pyahash": a, "pydhash": d, "pyphash": p} {
			want, err := strconv.ParseUint(row[column[kind]], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s of %s: %016x, want %016x", kind, name, got, want)
			}
		}
		ran++
	}
	testkit.AtLeast(t, 14, ran, "PNG vectors")
}
