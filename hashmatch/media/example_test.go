package media_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// A set of one known picture, and the question whether another file is a copy of it. The README shows these lines.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	check(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mine.hms")
	photo, err := os.ReadFile("../../testdata/vectors/images/j11_640x480_444.jpg")
	check(err)
	copied, err := os.ReadFile("../../testdata/vectors/images/j11_640x480_420.jpg") // the same scene, saved with coarser colours
	check(err)
	ctx := context.Background()

	var h media.Hasher
	known, err := h.SumBytes(ctx, photo) // digests, PDQ with quality, small hashes
	check(err)
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "mine", Disposition: hashmatch.Other})
	check(b.Add(known.Entry()))
	check(b.WriteFile(path)) // whole and verified, or not at all
	set, err := hashmatch.Open(path)
	check(err)
	m, err := hashmatch.NewMatcher(hashmatch.Config{}, set)
	check(err)
	seen, err := h.SumBytes(ctx, copied)
	check(err)
	answer, err := m.Match(ctx, &seen)
	check(err)
	for _, found := range answer.Matches {
		fmt.Println(answer.Status, found.Set, found.Kind, found.Tier, found.Distance <= 31)
	}
	// Output:
	// matched mine pdq A true
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleHasher() {
	file, err := os.Open("../../testdata/vectors/images/n06_320x240.png")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	var h media.Hasher
	fp, err := h.Sum(context.Background(), file)
	if err != nil {
		log.Fatal(err)
	}
	quality, _ := fp.Quality().Value()
	fmt.Println(fp.Format, fp.Width, fp.Height, quality)
	fmt.Println(fp.Digest(hashmatch.MD5))
	for _, p := range fp.Hashes {
		fmt.Println(p.Hash)
	}
	// Output:
	// png 320 240 100
	// md5:059e82056f8ba72557c5dc12c0e11d91
	// pdq:83e0bb23622360ff88fc99cc8e0764b76c3edacc12d809e94477f82af87e84ab
	// ahash:e0e2f8680c0ecfcf
	// dhash:0d1c50d8d8da1a1e
	// phash:f36abe22574a8d11
}

// A host with a licence for an algorithm of its own lets it see the luma of every picture, and carries its values along.
func ExampleAlgorithm() {
	brightness := media.Algorithm{
		Name:     "brightness",
		Coarsest: 8,
		Sum: func(_ context.Context, luma media.Luma) ([]byte, error) {
			sum := 0
			for y := range luma.Height {
				for _, v := range luma.Pix[y*luma.Stride:][:luma.Width] {
					sum += int(v)
				}
			}
			return []byte{byte(sum / (luma.Width * luma.Height))}, nil
		},
	}
	h := media.Hasher{Algorithms: []media.Algorithm{brightness}}
	photo, err := os.ReadFile("../../testdata/vectors/images/a_320x240.png")
	check(err)
	fp, err := h.SumBytes(context.Background(), photo)
	check(err)
	fmt.Println(fp.Extras[0].Name, fp.Extras[0].Data)
	// Output: brightness [114]
}
