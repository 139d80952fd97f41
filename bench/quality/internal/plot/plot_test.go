package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Diagrams are well-formed, always the same, and hold what they were given, within their edges.
func TestDraw(t *testing.T) {
	curves := Panel{Title: "a < b", X: "x & y", Y: "share", LogY: true, MinY: 1e-6, MaxY: 1, MaxX: 100, Series: []Series{
		{Name: "<one>", Points: []Point{{X: 0, Y: 0}, {X: 50, Y: 0.5}, {X: 1000, Y: 1, Hollow: true}}},
		{Name: "two", Dashed: true, Points: []Point{{X: 1, Y: 1e-9}}},
	}}
	bars := Panel{Groups: []string{"g&h", "i"}, MaxY: 100, Series: []Series{{Name: "<one>", Values: []float64{10, 200}}, {Name: "two", Values: []float64{0, 50}}}}
	svg := Draw(curves, bars)
	if !bytes.Equal(svg, Draw(curves, bars)) {
		t.Error("the second drawing is another")
	}
	elements := 0
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := token.(xml.StartElement); ok {
			elements++
		}
	}
	testkit.AtLeast(t, 40, elements, "elements")
	for _, bad := range []string{"NaN", "Inf", "%!", "-0.0,"} {
		if strings.Contains(string(svg), bad) {
			t.Errorf("the drawing has %s", bad)
		}
	}
	if n := strings.Count(string(svg), "<circle"); n != 4 {
		t.Errorf("%d points, want 4", n)
	}
	for i, want := range []float64{left, left + (440-left-right)/2.0, 440 - right} {
		curves.Width = 440
		if x := curves.across([]float64{0, 50, 1000}[i]); x != want {
			t.Errorf("point %d lies at %g, want %g", i, x, want)
		}
	}
}
