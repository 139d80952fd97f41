package scan_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing/fstest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// digests is a Hasher that computes a SHA-256. Programs use a media.Hasher.
type digests struct{}

func (digests) Sum(_ context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	d := sha256.New()
	n, err := io.Copy(d, r)
	if err != nil {
		return hashmatch.Fingerprint{}, err
	}
	h, err := hashmatch.NewHash(hashmatch.SHA256, d.Sum(nil))
	return hashmatch.Fingerprint{Size: n, Digests: []hashmatch.Hash{h}, Format: hashmatch.FormatOther}, err
}

// knownSet holds one item: the text "milk, bread".
func knownSet() (*hashmatch.Set, error) {
	fp, err := digests{}.Sum(context.Background(), strings.NewReader("milk, bread"))
	if err != nil {
		return nil, err
	}
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "lists", Disposition: hashmatch.Other})
	if err := b.Add(fp.Entry()); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if _, err := b.WriteTo(&file); err != nil {
		return nil, err
	}
	return hashmatch.OpenBytes(file.Bytes())
}

func ExampleScanner_Run() {
	files := fstest.MapFS{
		"letters/a.txt": {Data: []byte("Dear all")},
		"notes.txt":     {Data: []byte("milk, bread")},
	}
	set, err := knownSet() // programs use hashmatch.Open
	if err != nil {
		fmt.Println(err)
		return
	}
	matcher, err := hashmatch.NewMatcher(hashmatch.Config{}, set)
	if err != nil {
		fmt.Println(err)
		return
	}
	var account scan.Account
	s := scan.Scanner{Querier: matcher, Hasher: digests{}, Observer: &account}
	for rec, err := range s.Run(context.Background(), scan.FS(files)) {
		if err != nil {
			fmt.Println("the scan is not complete:", err)
			return
		}
		fmt.Println(rec.Path, rec.Outcome)
	}
	tally := account.Tally()
	fmt.Println(&tally)
	// Output:
	// letters/a.txt clear
	// notes.txt matched
	// seen 2 = matched 1 + clear 1
}
