package isolate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

var everything = &wanted{hashmatch.Kinds(), []string{"photodna", "Of the host"}}

// fingerprints returns what children may find, and the errors beside it.
func fingerprints(t testing.TB) ([]hashmatch.Fingerprint, []error) {
	t.Helper()
	rng := testkit.Rand(t)
	var fps []hashmatch.Fingerprint
	for range 100 {
		fp := hashmatch.Fingerprint{
			Width: rng.IntN(mostSide), Height: rng.IntN(1 << 10), Orientation: rng.IntN(9), Partial: rng.Float64() * float64(rng.IntN(2)),
			Decoder: "image/jpeg go1.26", ThumbnailDiffers: rng.IntN(2) == 0,
		}
		for _, name := range everything.extras[:rng.IntN(3)] {
			fp.Extras = append(fp.Extras, hashmatch.Extra{Name: name, Data: []byte(strings.Repeat("\xff", 1+rng.IntN(300)))})
		}
		for _, view := range []hashmatch.View{hashmatch.Upright, hashmatch.Rot90, hashmatch.Thumbnail, "trim-2"} {
			for _, k := range hashmatch.Kinds() {
				if !k.Perceptual() || rng.IntN(2) == 0 {
					continue
				}
				raw := make([]byte, k.Size())
				for i := range raw {
					raw[i] = byte(rng.Uint32())
				}
				h, err := hashmatch.NewHash(k, raw)
				if err != nil {
					t.Fatal(err)
				}
				fp.Hashes = append(fp.Hashes, hashmatch.PictureHash{
					Hash: h, View: view, Quality: hashmatch.Quality(rng.IntN(102)),
					Graphic: rng.IntN(3) == 0, Arithmetic: []hashmatch.Arithmetic{"", hashmatch.Reference, hashmatch.Luma1, hashmatch.Luma8}[rng.IntN(4)],
				})
			}
		}
		fps = append(fps, fp)
	}
	errs := []error{nil, errors.New("of no class"), fmt.Errorf("<html> & ü %w", io.ErrUnexpectedEOF)}
	for _, c := range classes {
		errs = append(errs, fmt.Errorf("media: png of 7x7: %w", c.err))
	}
	return fps, errs
}

// What a child finds comes through as it was.
func TestAnswerRoundTrip(t *testing.T) {
	fps, errs := fingerprints(t)
	ran := 0
	for i, fp := range fps {
		for _, err := range errs {
			ran++
			var pipe bytes.Buffer
			if err := writeFrame(&pipe, answerOf(uint64(i), &fp, err)); err != nil {
				t.Fatal(err)
			}
			var a answer
			if err := readFrame(&pipe, &a); err != nil {
				t.Fatal(err)
			}
			var got hashmatch.Fingerprint
			gotErr, refused := a.take(&got, everything)
			if refused != nil || a.Serial != uint64(i) || pipe.Len() > 0 {
				t.Fatalf("%+v: %v", fp, refused)
			}
			same(t, fmt.Sprint(i), got, fp, gotErr, err)
		}
	}
	testkit.AtLeast(t, 800, ran, "answers")
}

// An error of several classes has the first that a scan looks for.
func TestClassOrder(t *testing.T) {
	for i, outer := range classes {
		for _, inner := range classes[i:] {
			err := fmt.Errorf("%w: %w", inner.err, outer.err)
			if a := answerOf(1, &hashmatch.Fingerprint{}, err); a.Class != outer.name {
				t.Errorf("%v is %s", err, a.Class)
			}
		}
	}
}

// Whatever is out of bounds is refused as malformed, and nothing of it is taken.
func TestRefusedAnswers(t *testing.T) {
	hash := `{"hash":"phash:0123456789abcdef","view":"upright","quality":50}`
	tests := []string{
		`{"width":-1}`, `{"height":-1}`, `{"width":1073741825}`, `{"height":99999999999}`, `{"orientation":9}`, `{"orientation":-1}`,
		`{"partial":1}`, `{"partial":-0.1}`, `{"partial":1e999}`, `{"partial":"NaN"}`, `{"serial":-1}`, `{"width":1.5}`,
		`{"decoder":"\u0000"}`, `{"decoder":"a\nb"}`, `{"decoder":"` + strings.Repeat("x", mostDecoder+1) + `"}`, `{"decoder":"\u202e"}`,
		`{"hashes":[{}]}`, `{"hashes":[{"hash":"","view":"upright"}]}`, `{"hashes":[{"hash":"phash:00","view":"upright"}]}`,
		`{"hashes":[{"hash":"md5:00000000000000000000000000000000","view":"upright"}]}`,
		`{"hashes":[{"hash":"md5_trimmed:00000000000000000000000000000000","view":"upright"}]}`,
		`{"hashes":[{"hash":"phash:0123456789abcdef","view":"upright","arithmetic":"By Hand"}]}`,
		`{"extras":[{"name":"other","data":"AAAA"}]}`, `{"extras":[{"name":"photodna","data":"A"}]}`, `{"extras":[{"data":"AAAA"}]}`,
		`{"extras":[{"name":"photodna","data":"AAAA"},{"name":"photodna","data":"AAAA"}]}`,
		`{"extras":[{"name":"photodna","data":"` + strings.Repeat("A", 8000) + `"}]}`,
		`{"extras":[` + strings.Repeat(`{},`, mostExtras) + `{}]}`,
		`{"hashes":[{"hash":"nohash:00","view":"upright"}]}`, `{"hashes":[{"hash":5,"view":"upright"}]}`,
		`{"hashes":[{"hash":"phash:0123456789abcdef"}]}`, `{"hashes":[{"hash":"phash:0123456789abcdef","view":"Up Right"}]}`,
		`{"hashes":[{"hash":"phash:0123456789abcdef","view":"` + strings.Repeat("x", mostName+1) + `"}]}`,
		`{"hashes":[{"hash":"phash:0123456789abcdef","view":"upright","quality":101}]}`,
		`{"hashes":[{"hash":"phash:0123456789abcdef","view":"upright","quality":-1}]}`,
		`{"hashes":[{"hash":"pdq:` + strings.Repeat("0", 64) + `","view":"upright"}]}`, // nobody asked
		`{"hashes":[` + hash + `,` + hash + `]}`,
		`{"hashes":[` + strings.Repeat(`{},`, mostHashes) + `{}]}`,
		`{"class":"corrupt"}`, `{"text":"x"}`, `{"failed":true}`, `{"failed":true,"class":"corrupt"}`, `{"failed":true,"text":"x","class":"nothing"}`,
		`{"failed":true,"text":"\u001b[2J"}`, `{"failed":true,"text":"` + strings.Repeat("x", mostText+1) + `"}`,
		`{"pixels":"AAAA"}`, `{"size":5}`, `{}{}`, `{} x`, `[]`, `null`, `5`, ``, `{`, `{"hashes":`, "{}\x00", strings.Repeat("[", 100_000),
	}
	for _, text := range tests {
		if text == `null` {
			continue // decodes to an answer to no file: the serial tells
		}
		var fp hashmatch.Fingerprint
		var a answer
		pipe := append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)
		err := readFrame(bytes.NewReader(pipe), &a)
		if err == nil {
			_, err = a.take(&fp, &wanted{[]hashmatch.Kind{hashmatch.PHash, hashmatch.MD5, hashmatch.MD5Trimmed}, []string{"photodna"}})
		}
		if !errors.Is(err, hashmatch.ErrFormat) || !reflect.DeepEqual(fp, hashmatch.Fingerprint{}) || len(err.Error()) > 200 {
			t.Errorf("%.80s: %v", text, err)
		}
	}
	testkit.AtLeast(t, 55, len(tests), "answers")
}

// A frame that is cut anywhere is an error, and one that claims to be large takes no memory.
func TestFrames(t *testing.T) {
	var whole bytes.Buffer
	if err := writeFrame(&whole, answer{Serial: 7, Text: "x"}); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		var a answer
		err := readFrame(bytes.NewReader(whole.Bytes()[:n]), &a)
		if want := io.ErrUnexpectedEOF; n == 0 && err != io.EOF || n > 0 && !errors.Is(err, want) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, n := range []uint32{mostFrame + 1, math.MaxInt32, math.MaxUint32} {
		var a answer
		err := readFrame(bytes.NewReader(binary.LittleEndian.AppendUint32(nil, n)), &a)
		if !errors.Is(err, hashmatch.ErrFormat) {
			t.Errorf("a frame of %d bytes: %v", n, err)
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > mostFrame {
		t.Errorf("frames that are too long took %d bytes", n)
	}
	if err := writeFrame(io.Discard, answer{Text: strings.Repeat("x", mostFrame)}); !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("a frame that is too long: %v", err)
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "plain": "plain", "a\x00b\nc\x7f": "a?b?c?", "ü\u202e\u00a0": "ü??", "\xff": "\ufffd", "0123456789abc": "0123456789", "ünüünüü": "ünüünü",
	} {
		got := printable(text, 10)
		if got = strings.ReplaceAll(got, "\ufffd", "\ufffd"); got != want || printable(got, 10) != got {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestConfinementText(t *testing.T) {
	var c Confinement
	if c.String() != "nothing" || c.Has("a") {
		t.Error(c)
	}
	c.add("a", nil)
	c.add("b", errors.New("no\n"))
	if c.String() != "a; missing: b (no?)" || !c.Has("a") || c.Has("b") || c.check() != nil {
		t.Error(c)
	}
	for _, bad := range []Confinement{{{}}, {{Name: "a\n"}}, {{Name: "a", Fault: "\x00"}}, make(Confinement, mostMeasure+1)} {
		if err := bad.check(); !errors.Is(err, hashmatch.ErrFormat) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// No bytes of a child do anything but give a proper answer or an error, and little memory is taken for them.
func FuzzAnswer(f *testing.F) {
	fps, errs := fingerprints(f)
	for i, err := range errs {
		fps[i].Hashes = fps[i].Hashes[:min(2, len(fps[i].Hashes))] // long inputs are slow to vary
		var pipe bytes.Buffer
		writeFrame(&pipe, answerOf(uint64(i), &fps[i], err))
		f.Add(pipe.Bytes())
	}
	f.Add([]byte("\x02\x00\x00\x00{}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var a answer
		if readFrame(bytes.NewReader(data), &a) != nil {
			return
		}
		var fp hashmatch.Fingerprint
		reported, refused := a.take(&fp, everything)
		if refused != nil {
			if !errors.Is(refused, hashmatch.ErrFormat) || !reflect.DeepEqual(fp, hashmatch.Fingerprint{}) {
				t.Fatalf("%v with %+v", refused, fp)
			}
			return
		}
		for _, h := range fp.Hashes {
			if !h.Hash.Kind().Perceptual() || h.View == "" {
				t.Fatalf("%+v", fp)
			}
		}
		again := answerOf(a.Serial, &fp, reported)
		var fp2 hashmatch.Fingerprint
		reported2, refused := again.take(&fp2, everything)
		if refused != nil {
			t.Fatal(refused)
		}
		same(t, "again", fp2, fp, reported2, reported)
	})
}
