package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/scan"
	"github.com/hashmatch/engine/internal/synth"
)

// calibrateOptions are the flags of calibrate.
type calibrateOptions struct {
	hashingFlags
	sets     []string
	radius   int
	pictures int
	out      string
	json     bool
}

func newCalibrate() *cobra.Command {
	var o calibrateOptions
	cmd := &cobra.Command{
		Use:   "calibrate --set FILE.hms [DIR...]",
		Short: "measure how near unrelated pictures come to a set",
		Long: `calibrate hashes pictures that have nothing to do with a set, those below each
DIR (read-only) or built-in synthetic ones, and counts how near they come to it.
It tells the radius that thorough scans of some sizes take by it, and the chance
matches to expect. Pictures of the set are left out and named; so are repeated
ones, and such as are too plain. The best DIR holds benign pictures of the kind
to scan.`,
		Example: `  hashmatch calibrate --set known.hms -o known.json ~/pictures`,
		RunE:    func(cmd *cobra.Command, args []string) error { return runCalibrate(cmd, &o, args) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.sets, "set", nil, "set file")
	f.StringVarP(&o.out, "output", "o", "", "write the calibration to a file, for scans")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.IntVar(&o.pictures, "pictures", 1000, "built-in pictures, without DIR")
	f.IntVar(&o.radius, "radius", hashmatch.MaxThorough, fmt.Sprintf("how far to look, up to %d", hashmatch.CalibrationReach))
	f.StringVar(&o.views, "views", "light", "none, light or full")
	f.BoolVar(&o.isolate, "isolate", false, "decode in processes of their own")
	o.heic.add(f)
	f.IntVarP(&o.workers, "jobs", "j", 0, "files at a time (default: one for each processor)")
	f.StringVar(&o.progress, "progress", "auto", "auto, bar, json or none")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "nothing on standard error but errors")
	return cmd
}

// calibratedKinds is what is computed of each picture: what is measured, and what tells that it is of the set.
var calibratedKinds = []hashmatch.Kind{
	hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256, hashmatch.PDQ, hashmatch.MD5Trimmed, hashmatch.SHA1Trimmed, hashmatch.SHA256Trimmed,
}

func runCalibrate(cmd *cobra.Command, o *calibrateOptions, args []string) error {
	switch {
	case o.pictures < 1 || o.pictures > 1<<30:
		return usagef("--pictures %d: how many built-in pictures?", o.pictures)
	case len(args) > 0 && cmd.Flags().Changed("pictures"):
		return usagef("--pictures counts built-in pictures, and DIR names others: say one of them")
	case len(o.sets) > 1:
		return usagef("--set is said %d times: each set is measured by itself", len(o.sets))
	case o.out == "-":
		return usagef("-o - : the calibration goes to a file; --json prints it")
	case o.radius < 31 || o.radius > hashmatch.CalibrationReach:
		return usagef("--radius %d: 31 to %d", o.radius, hashmatch.CalibrationReach)
	}
	o.kinds.kinds = calibratedKinds
	roots, err := openRoots(args)
	if err != nil {
		return err
	}
	defer closeRoots(roots)
	if o.out != "" {
		if r := insideRoots(o.out, roots); r != "" {
			return usagef("-o %s lies below %s, which is only read", o.out, r)
		}
		if err := notAnInput(o.out, o.sets...); err != nil {
			return err
		}
	}
	c, err := o.calibrator()
	if err != nil {
		return err
	}
	m := &measurement{calibrator: c, used: map[hashmatch.Use]int{}}
	tally, err := o.measure(cmd, roots, m)
	if err != nil {
		return err
	}
	m.Calibration = c.Calibration(sampleName(roots), o.views)
	if !o.quiet {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s%s\n", &m.notes, m)
	}
	if m.Pictures == 0 {
		return fmt.Errorf("nothing was measured: %s\nhint: name a folder of benign pictures that are not of the set, or none for built-in ones", m)
	}
	if err := m.save(cmd, o.out); err != nil {
		return err
	}
	if o.json {
		err = printJSON(cmd.OutOrStdout(), m.form())
	} else {
		err = m.print(cmd.OutOrStdout())
	}
	if err == nil && tally.Trouble > 0 {
		return &exitError{code: exitTrouble}
	}
	return err
}

// calibrator opens the set.
func (o *calibrateOptions) calibrator() (*hashmatch.Calibrator, error) {
	sets, err := openSets(o.sets)
	if err != nil {
		return nil, err
	}
	c, err := hashmatch.NewCalibrator(sets[0], o.radius)
	if err != nil {
		return nil, usagef("%v\nhint: only pdq hashes are calibrated; hashmatch info tells what a set holds", err)
	}
	return c, nil
}

// sampleName says what pictures are taken.
func sampleName(roots []root) string {
	if len(roots) == 0 {
		return "built-in landscapes"
	}
	return "files"
}

// firstSynthetic is the seed of the first built-in picture, far from those of the demo and the tests, which sets may hold.
const firstSynthetic = 0x63616c6962 << 20

// synthetic goes through n built-in pictures.
func synthetic(n int) iter.Seq2[scan.Item, error] {
	return func(yield func(scan.Item, error) bool) {
		for i := range n {
			item := scan.Item{Name: fmt.Sprintf("landscape %d", i), Size: -1, Open: func() (io.ReadCloser, error) {
				var file bytes.Buffer
				err := synth.Encode(&file, synth.Picture(synth.Landscape, firstSynthetic+uint64(i), 320, 240), "bmp")
				return io.NopCloser(&file), err
			}}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// batch is how many pictures are looked up together.
const batch = 64

// measure hashes the pictures and adds them to the measurement, in their order.
func (o *calibrateOptions) measure(cmd *cobra.Command, roots []root, m *measurement) (tally hashmatch.Tally, err error) {
	h, err := o.hasher()
	if err != nil {
		return tally, err
	}
	worker, closeWorker, err := o.isolated(h)
	if err != nil {
		return tally, err
	}
	defer closeWorker()
	p, err := o.startProgress(cmd, roots, false)
	if err != nil {
		return tally, err
	}
	defer p.stop()
	items := hashItems(roots)
	if len(roots) == 0 {
		items = synthetic(o.pictures)
		p.allFiles.Store(int64(o.pictures))
		p.counted.Store(true)
	}
	capHeap()
	s := &scan.Scanner{Querier: noSets{}, Hasher: worker, Workers: o.workers, Observer: p}
	for rec, err := range s.Run(cmd.Context(), items) {
		if err != nil {
			return tally, err
		}
		if err := m.take(cmd.Context(), &rec); err != nil {
			return tally, err
		}
	}
	if err := m.flush(cmd.Context()); err != nil {
		return tally, err
	}
	p.finish()
	o.tellWalls(cmd, worker)
	return p.Tally(), nil
}

// measurement is a calibration while and after it is made.
type measurement struct {
	*hashmatch.Calibration
	calibrator *hashmatch.Calibrator
	notes      bytes.Buffer // on single files, for standard error
	waiting    []hashmatch.Record
	used       map[hashmatch.Use]int
	others     int // files that are no picture this build can decode
	trouble    int // files that could not be examined
}

// take adds a file. What is incomplete or could not be read is no picture to measure with.
func (m *measurement) take(ctx context.Context, rec *hashmatch.Record) error {
	switch {
	case rec.Trouble():
		m.trouble++
		fmt.Fprintf(&m.notes, "left out: %q is %s: %s\n", rec.Path, rec.Outcome, rec.Error)
	case len(rec.Fingerprint.Hashes) == 0:
		m.others++
	default:
		if m.waiting = append(m.waiting, *rec); len(m.waiting) == batch {
			return m.flush(ctx)
		}
	}
	return nil
}

// flush looks up the files that are waiting.
func (m *measurement) flush(ctx context.Context) error {
	fps := make([]*hashmatch.Fingerprint, len(m.waiting))
	for i := range fps {
		fps[i] = &m.waiting[i].Fingerprint
	}
	sightings, err := m.calibrator.Add(ctx, fps)
	if err != nil {
		return err
	}
	for i, s := range sightings {
		m.used[s.Use]++
		path := m.waiting[i].Path
		switch {
		case s.Use == hashmatch.InSet:
			fmt.Fprintf(&m.notes, "left out: %q is of the set: entry %d, %s at distance %d (%s)\n", path, s.Entry, s.Kind, s.Distance, s.View)
		case s.Use == hashmatch.Counted && s.Met && s.Distance <= usualRadius:
			fmt.Fprintf(&m.notes, "look: %q is counted as a chance match: entry %d, %s at distance %d (%s); if it is a copy, calibrate without it\n",
				path, s.Entry, s.Kind, s.Distance, s.View)
		}
	}
	m.waiting = m.waiting[:0]
	return nil
}

// usualRadius is PDQ's.
const usualRadius = 31

// String accounts for every file.
func (m *measurement) String() string {
	return fmt.Sprintf("%d pictures compared; left out: %d of the set, %d repeated, %d too plain, %d that are no picture, %d that could not be examined",
		m.used[hashmatch.Counted], m.used[hashmatch.InSet], m.used[hashmatch.Repeated], m.used[hashmatch.Plain], m.others, m.trouble)
}

// save writes the calibration to a file; no path, no file.
func (m *measurement) save(cmd *cobra.Command, path string) error {
	if path == "" {
		return nil
	}
	text, err := json.Marshal(m.Calibration)
	if err != nil {
		return err
	}
	out, err := openOutput(cmd, path)
	if err != nil {
		return err
	}
	defer out.discard()
	if _, err := out.Write(append(text, '\n')); err != nil {
		return err
	}
	return out.commit()
}

// rate is what was measured within one distance, beside the model. Its shares have three digits, as a Chance's numbers do.
type rate struct {
	Distance int     `json:"distance"`
	Hits     int64   `json:"hits"`     // at the distance
	Within   int64   `json:"within"`   // hits up to it
	Measured float64 `json:"measured"` // share of the pairs
	Upper    float64 `json:"upper"`    // at most, with 95 % confidence
	Model    float64 `json:"model"`
	Ratio    float64 `json:"ratio,omitempty"` // measured to model; there is none without a hit
}

// rates has every distance with a hit, the usual radius and the last.
func (m *measurement) rates() (rates []rate) {
	for d := range m.Radius + 1 {
		measured, model := float64(m.Within(d))/float64(m.Pairs), hashmatch.ChanceModel(d, m.ViewCount)
		r := rate{
			Distance: d, Hits: m.Counts[d], Within: m.Within(d), Measured: threeDigits(measured),
			Upper: threeDigits(m.Upper(d)), Model: threeDigits(model), Ratio: threeDigits(measured / model),
		}
		if r.Hits > 0 || d == usualRadius || d == m.Radius {
			rates = append(rates, r)
		}
	}
	return rates
}

// threeDigits rounds x: what is printed must not depend on the last bits of a machine's arithmetic.
func threeDigits(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 2, 64), 64)
	return y
}

// chances tells what thorough scans, whose second passes are of some sizes, have to expect of those.
func (m *measurement) chances() (chances []hashmatch.Chance) {
	for _, files := range []int64{1e3, 1e5, 1e6} {
		chances = append(chances, hashmatch.ChanceRadius(files, int64(m.Entries), lookUps(media.Full), hashmatch.DefaultChance, m.Calibration))
	}
	return chances
}

// form is what --json prints.
func (m *measurement) form() any {
	return struct {
		Calibration *hashmatch.Calibration `json:"calibration"`
		Rates       []rate                 `json:"rates"`
		Chances     []hashmatch.Chance     `json:"chances"`
		LeftOut     map[string]int         `json:"left_out"`
	}{m.Calibration, m.rates(), m.chances(), map[string]int{
		"in_set": m.used[hashmatch.InSet], "repeated": m.used[hashmatch.Repeated], "plain": m.used[hashmatch.Plain],
		"no_picture": m.others, "not_examined": m.trouble,
	}}
}

// print writes the tables.
func (m *measurement) print(out io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s (digest %s)\n%d pictures (%s), views %s (%d hashes each), %d entries with pdq: %d pairs\n\n",
		m.Set, m.Digest, m.Pictures, m.Sample, m.Views, m.ViewCount, m.Entries, m.Pairs)
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "distance\thits\twithin\tof all pairs\tat most (95 %%)\tmodel\tmeasured/model\t\n")
	for _, r := range m.rates() {
		measured, ratio := "0", "-"
		if r.Within > 0 {
			measured, ratio = fmt.Sprintf("%.2e", r.Measured), fmt.Sprintf("%.3g", r.Ratio)
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\t%.2e\t%.2e\t%s\t\n", r.Distance, r.Hits, r.Within, measured, r.Upper, r.Model, ratio)
	}
	w.Flush()
	if m.HitPictures > 0 {
		fmt.Fprintf(&b, "\nPictures with hits: %d, entries: %d. Where they are far fewer than the hits, the bounds are too narrow.\n", m.HitPictures, m.HitEntries)
	}
	fmt.Fprintf(&b, "\nWhat scan --thorough --chance %g with this calibration takes, by the files that it looks at again (up to %d look-ups each):\n", hashmatch.DefaultChance, lookUps(media.Full))
	for _, c := range m.chances() {
		fmt.Fprintf(&b, "\n%d files: radius %d, %s\n   %s\n", c.Files, c.Radius, c.Why, c)
	}
	m.printHubs(&b)
	_, err := b.WriteTo(out)
	return err
}

// printHubs lists the hubs. Their ids come from the set's sources and may hold anything.
func (m *measurement) printHubs(b *bytes.Buffer) {
	if len(m.Hubs) == 0 {
		return
	}
	fmt.Fprintf(b, "\nHubs: entries within %d of more than one of the pictures\n", m.Radius)
	w := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	fmt.Fprintf(w, "entry\tpictures\tnearest\tid\n")
	for _, h := range m.Hubs {
		fmt.Fprintf(w, "%d\t%d\t%d\t%q\n", h.Entry, h.Times, h.Least, h.ID)
	}
	w.Flush()
	if m.MoreHubs > 0 {
		fmt.Fprintf(b, "and %d more\n", m.MoreHubs)
	}
}
