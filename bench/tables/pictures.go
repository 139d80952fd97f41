package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hashmatch/engine/bench/internal/dataset"
	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/synth"
)

// pictures are the PDQ and pHash of pictures and of their edits, as hashmatch/media computes them: codes of which no one
// wrote down the distribution. Queries are by turns an edit of a picture of the set and a picture that is unrelated to it.
const pictures dataset.Kind = "pictures"

const (
	pictureWidth, pictureHeight = 320, 240
	// Seeds from here on are of pictures that no set holds.
	unrelated = 1 << 40
)

// pictureSet is the set of a job. Pictures take some milliseconds each, so what was hashed is kept in files.
func pictureSet[C index.Code](j job) (set[C], error) {
	asked := min(1000, j.Codes)
	if err := hashPictures(j.Dir, "set", j.Codes, versions); err != nil {
		return set[C]{}, err
	}
	if err := hashPictures(j.Dir, fmt.Sprint("queries_", j.Codes), asked, func(i int) image.Image { return question(i, j.Codes) }); err != nil {
		return set[C]{}, err
	}
	codes, err1 := dataset.Read[C](pictureFile(j.Dir, "set", j.Codes, j.Width))
	qs, err2 := dataset.Read[C](pictureFile(j.Dir, fmt.Sprint("queries_", j.Codes), asked, j.Width))
	return set[C]{codes, func(int) []C { return qs }}, errors.Join(err1, err2)
}

func pictureFile(dir, name string, n, width int) string {
	return filepath.Join(dir, fmt.Sprintf("pictures_%s_%d_%d", name, n, width))
}

// versions is the i-th picture of a set: of each four, a picture and three edits of it.
func versions(i int) image.Image {
	m := landscape(uint64(i / 4))
	if i%4 == 0 {
		return m
	}
	return edit(m, i/4+i%4)
}

// question is the picture of the i-th query about a set of n.
func question(i, n int) image.Image {
	if i%2 == 0 {
		return landscape(unrelated + uint64(i))
	}
	picture := i * 7919 % ((n + 3) / 4)
	return edit(landscape(uint64(picture)), i)
}

func landscape(seed uint64) image.Image {
	return synth.Picture(synth.Landscape, seed, pictureWidth, pictureHeight)
}

// edit applies the i-th of the edits after which a picture is still to be found.
func edit(m image.Image, i int) image.Image {
	var near []synth.Edit
	for _, e := range synth.Edits() {
		if e.Near {
			near = append(near, e)
		}
	}
	return near[i%len(near)].Apply(m)
}

// hashPictures writes the codes of n pictures as files, a kind each, unless they are there.
func hashPictures(dir, name string, n int, picture func(int) image.Image) error {
	file64, file256 := pictureFile(dir, name, n, 64), pictureFile(dir, name, n, 256)
	_, err1 := os.Stat(file64)
	_, err2 := os.Stat(file256)
	if err1 == nil && err2 == nil {
		return nil
	}
	phash, pdq := make([]uint64, n), make([][4]uint64, n)
	var next atomic.Int64
	var group errgroup.Group
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() (err error) {
			for i := int(next.Add(1)) - 1; i < n && err == nil; i = int(next.Add(1)) - 1 {
				phash[i], pdq[i], err = hashPicture(picture(i))
				if (i+1)%5000 == 0 {
					log.Printf("    hashed %d of %d pictures in %v", i+1, n, time.Since(start).Round(time.Second))
				}
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return errors.Join(dataset.Write(file64, phash), dataset.Write(file256, pdq))
}

func hashPicture(m image.Image) (phash uint64, pdq [4]uint64, err error) {
	hasher := media.Hasher{Kinds: []hashmatch.Kind{hashmatch.PHash, hashmatch.PDQ}}
	var file bytes.Buffer
	if err := synth.Encode(&file, m, "bmp"); err != nil {
		return 0, pdq, err
	}
	fp, err := hasher.SumBytes(context.Background(), file.Bytes())
	if err != nil {
		return 0, pdq, err
	}
	small, ok1 := fp.Hash(hashmatch.PHash, hashmatch.Upright)
	large, ok2 := fp.Hash(hashmatch.PDQ, hashmatch.Upright)
	if !ok1 || !ok2 {
		return 0, pdq, errors.New("a picture has no PDQ or no pHash")
	}
	return small.Hash.Code64(), large.Hash.Code256(), nil
}
