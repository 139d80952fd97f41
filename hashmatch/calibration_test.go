package hashmatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/internal/testkit"
)

// randomCalibration returns one that is in order.
func randomCalibration(r *rand.Rand) *Calibration {
	c := wideOpen(3+r.IntN(1000), 3+r.IntN(1e6))
	c.Set, c.Sample, c.ViewCount, c.Radius = "päivä <&> \"x\"", "files", 1+r.IntN(512), tierA+r.IntN(CalibrationReach-tierA+1)
	for range r.IntN(4) {
		c.Counts[r.IntN(c.Radius+1)] += int64(1 + r.IntN(9))
	}
	hits := int(c.Within(c.Radius))
	if hits == 0 {
		return c
	}
	c.HitPictures, c.HitEntries = min(c.Pictures, hits), min(c.Entries, hits)
	least := 0
	for c.Counts[least] == 0 {
		least++
	}
	for i := range min(r.IntN(3), c.HitPictures-1, c.HitEntries) {
		h := Hub{Entry: uint32(i), ID: strings.Repeat("\u202e\x00", i), Hash: randomHash(r, PDQ, 0), Times: 2, Least: least}
		c.Hubs = append(c.Hubs, h)
	}
	return c
}

func TestCalibrationComesBack(t *testing.T) {
	r := testkit.Rand(t)
	hubs := 0
	for range 200 {
		c := randomCalibration(r)
		hubs += len(c.Hubs)
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, text, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		for _, form := range [][]byte{text, indented.Bytes(), append(text, '\n')} {
			got, err := ReadCalibration(bytes.NewReader(form))
			if err != nil {
				t.Fatalf("%v\n%s", err, form)
			}
			if !reflect.DeepEqual(got, c) && !(len(c.Hubs)+len(got.Hubs) == 0 && sameCounts(got, c)) {
				t.Fatalf("%+v came back as %+v", c, got)
			}
		}
	}
	testkit.AtLeast(t, 60, hubs, "hubs")
}

// sameCounts compares all but the hubs, of which none may be nil or empty.
func sameCounts(a, b *Calibration) bool {
	x, y := *a, *b
	x.Hubs, y.Hubs = nil, nil
	return reflect.DeepEqual(x, y)
}

// calibrationText is a calibration that is in order.
const calibrationText = `{"calibration":1,"set":"known","digest":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",` +
	`"sample":"files","views":"light","view_count":8,"pictures":10,"entries":20,"pairs":200,"radius":32,` +
	`"counts":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,2],"hit_pictures":2,"hit_entries":2,` +
	`"hubs":[{"entry":7,"id":"x","hash":"pdq:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","times":2,"least":30}],"more_hubs":0}`

func TestReadCalibrationIsStrict(t *testing.T) {
	c, err := ReadCalibration(strings.NewReader(calibrationText))
	if err != nil {
		t.Fatal(err)
	}
	if c.Within(29) != 0 || c.Within(30) != 1 || c.Within(32) != 3 || c.Within(90) != 3 || c.Hubs[0].Entry != 7 {
		t.Errorf("%+v", c)
	}
	cases := []struct {
		old, new string // what is changed
		sentinel error
		place    string // that the error must name
	}{
		{`"calibration":1`, `"calibration":2`, ErrUnsupported, "version 2"},
		{`"calibration":1`, `"calibration":1.0`, ErrUnsupported, "version 1.0"},
		{`"calibration":1`, `"calibration":"1"`, ErrFormat, "byte 18"},
		{`"calibration":1`, `"calibration":null`, ErrFormat, `"calibration"`},
		{`"calibration":1,`, ``, ErrFormat, `"calibration"`},
		{`"calibration":1`, `"Calibration":1`, ErrFormat, "other letters"},
		{`"pairs":200`, `"pairs":NaN`, ErrFormat, "byte "},
		{`"pairs":200`, `"pairs":-Infinity`, ErrFormat, "byte "},
		{`"pairs":200`, `"pairs":2e2`, ErrFormat, "byte "},
		{`"pairs":200`, `"pairs":200.0`, ErrFormat, "byte "},
		{`"pairs":200`, `"pairs":99999999999999999999`, ErrFormat, "byte "},
		{`"pairs":200`, `"pairs":201`, ErrFormat, "pairs: 201"},
		{`"pairs":200,`, ``, ErrFormat, "pairs: 0"},
		{`"pictures":10`, `"pictures":-10`, ErrFormat, "pictures: -10"},
		{`"pictures":10`, `"pictures":9999999999`, ErrFormat, "9999999999"},
		{`"entries":20`, `"entries":0`, ErrFormat, "entries: 0"},
		{`"view_count":8`, `"view_count":0`, ErrFormat, "view_count: 0"},
		{`"view_count":8`, `"views_count":8`, ErrFormat, "views_count"},
		{`"radius":32`, `"radius":31`, ErrFormat, "counts: 33"},
		{`"radius":32`, `"radius":30`, ErrFormat, "counts: 33"},
		{`"radius":32`, `"radius":-1`, ErrFormat, "counts: 33"},
		{`"radius":32`, `"radius":2147483647`, ErrFormat, "counts: 33"},
		{`"counts":[0,`, `"counts":[-1,`, ErrFormat, "counts[0]: -1"},
		{`1,0,2]`, `1,0,200]`, ErrFormat, "counts[32]: 200"},
		{`1,0,2]`, `1,0,5]`, ErrFormat, "cannot make 6 hits"},
		{`1,0,2]`, `0,0,0]`, ErrFormat, "hit_pictures: 2"},
		{`"counts":[0,0,`, `"counts":[0,`, ErrFormat, "counts: 32"},
		{`"counts":[0,`, `"counts":[null,`, ErrFormat, "null"},
		{`"hit_pictures":2`, `"hit_pictures":11`, ErrFormat, "hit_pictures: 11"},
		{`"hit_entries":2`, `"hit_entries":0`, ErrFormat, "hit_entries: 0"},
		{`"hit_entries":2`, `"hit_entries":1`, ErrFormat, "cannot make 3 hits"},
		{`"digest":"0f`, `"digest":"0F`, ErrFormat, "digest"},
		{`"digest":"0f`, `"digest":"`, ErrFormat, "digest"},
		{`"set":"known"`, `"set":""`, ErrFormat, "set: "},
		{`"set":"known"`, `"set":"a\u001bb"`, ErrFormat, "set: "},
		{`"views":"light"`, `"views":"\u202e"`, ErrFormat, "views: "},
		{`"sample":"files"`, `"sample":17`, ErrFormat, "sample"},
		{`"sample":"files"`, "\"sample\":\"\xff\"", ErrFormat, "UTF-8"},
		{`"least":30`, `"least":29`, ErrFormat, "hubs[0]: least distance 29"},
		{`"least":30`, `"least":33`, ErrFormat, "hubs[0]: least distance 33"},
		{`"times":2`, `"times":1`, ErrFormat, "hubs[0]: near 1 of 2"},
		{`"times":2`, `"times":3`, ErrFormat, "hubs[0]: near 3 of 2"},
		{`"hash":"pdq:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"`, `"hash":"phash:0123456789abcdef"`, ErrFormat, "hubs[0]: its hash"},
		{`"hash":"pdq:0123`, `"hash":"pdq:xxxx`, ErrFormat, "no hex digit"},
		{`"id":"x"`, `"id":"` + strings.Repeat("x", 1001) + `"`, ErrFormat, "hubs[0]: its id"},
		{`"id":"x"`, `"id":""`, ErrFormat, "a key is missing"},
		{`"entry":7`, `"entry":-7`, ErrFormat, "entry"},
		{`"entry":7`, `"entry":7,"more":1`, ErrFormat, "more"},
		{`"more_hubs":0`, `"more_hubs":1`, ErrFormat, "hubs: 1 and 1 more"},
		{`"more_hubs":0`, `"more_hubs":-1`, ErrFormat, "hubs: 1 and -1 more"},
		{`"more_hubs":0}`, `"more_hubs":0}{}`, ErrFormat, "byte "},
		{`"more_hubs":0}`, `"more_hubs":0`, ErrFormat, "byte "},
		{`"more_hubs":0}`, `"more_hubs":0}` + strings.Repeat(" ", maxCalibration), ErrLimit, "1048576"},
		{calibrationText, ``, ErrFormat, "byte 0"},
		{calibrationText, `null`, ErrFormat, `"calibration"`},
		{calibrationText, `[1]`, ErrFormat, "byte 1"},
	}
	for _, c := range cases {
		if strings.Count(calibrationText, c.old) != 1 {
			t.Fatalf("%q is not there once", c.old)
		}
		got, err := ReadCalibration(strings.NewReader(strings.Replace(calibrationText, c.old, c.new, 1)))
		if got != nil || !errors.Is(err, c.sentinel) || !strings.Contains(err.Error(), c.place) {
			t.Errorf("%.60q instead of %.60q: %v, want %v and %q", c.new, c.old, err, c.sentinel, c.place)
		}
	}
	testkit.AtLeast(t, 55, len(cases), "cases")
}

func TestCalibrationRefusesToWrite(t *testing.T) {
	c := wideOpen(10, 10)
	c.Counts[CalibrationReach] = 1
	for name, c := range map[string]*Calibration{"nothing": {}, "no pictures": wideOpen(0, 10), "beyond the radius": c} {
		if text, err := json.Marshal(c); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	hubs := wideOpen(10, 1000).seen(40, 2)
	hubs.HitPictures, hubs.HitEntries, hubs.Counts[40] = 10, 500, 1000
	for i := range MaxHubs + 1 {
		hubs.Hubs = append(hubs.Hubs, Hub{Entry: uint32(i), Hash: Hash{kind: PDQ}, Times: 2, Least: 40})
	}
	if _, err := json.Marshal(hubs); !errors.Is(err, ErrFormat) {
		t.Errorf("too many hubs: %v", err)
	}
	hubs.Hubs, hubs.MoreHubs = hubs.Hubs[:MaxHubs], 1
	if _, err := json.Marshal(hubs); err != nil {
		t.Error(err)
	}
	hubs.MoreHubs = 401
	if _, err := json.Marshal(hubs); !errors.Is(err, ErrFormat) {
		t.Errorf("more hubs than entries were hit: %v", err)
	}
	hubs.MoreHubs = 1
	hubs.Hubs[3], hubs.Hubs[4] = hubs.Hubs[4], hubs.Hubs[3]
	if _, err := json.Marshal(hubs); !errors.Is(err, ErrFormat) {
		t.Errorf("out of order: %v", err)
	}
}

func TestUpper(t *testing.T) {
	c := wideOpen(1000, 1000).seen(40, 1).seen(50, 9)
	for d, want := range map[int]float64{-1: 2.9957e-6, 0: 2.9957e-6, 39: 2.9957e-6, 40: 4.7439e-6, 49: 4.7439e-6, 50: 16.962e-6, 60: 16.962e-6, 61: 1, 300: 1} {
		if got := c.Upper(d); got < want*0.9999 || got > want*1.0001 {
			t.Errorf("within %d: %g, want %g", d, got, want)
		}
	}
	all := wideOpen(2, 3)
	all.Counts[3] = 6
	if (&Calibration{}).Upper(10) != 1 || all.Upper(3) != 1 {
		t.Error("a rate is at most 1")
	}
}

func FuzzReadCalibration(f *testing.F) {
	f.Add([]byte(calibrationText))
	f.Add([]byte(`{"calibration":1}`))
	f.Add([]byte(strings.NewReplacer( // 2^61 hits
		`"pictures":10,"entries":20,"pairs":200`, `"pictures":2147483647,"entries":2147483647,"pairs":4611686014132420609`,
		`1,0,2]`, `1,0,2305843009213693952]`, `"hit_pictures":2,"hit_entries":2`, `"hit_pictures":2147483647,"hit_entries":2147483647`,
	).Replace(calibrationText)))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCalibration(bytes.NewReader(data))
		if err != nil {
			if c != nil || !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrLimit) {
				t.Fatalf("%+v, %v", c, err)
			}
			return
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadCalibration(bytes.NewReader(text))
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%v\n%s\n%s", err, data, text)
		}
		start := time.Now()
		mustBeNumbers(t, c)
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("it took %v\n%s", took, data)
		}
	})
}
