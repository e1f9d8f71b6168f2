package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// A situation is a folder that is published.
type situation struct {
	files int
	size  int64
}

// situations are the sizes of the issue of speed, scaled: the number of files,
// and of few large files the size.
func situations(scale float64) []situation {
	scaled := func(n int64) int64 { return max(1, int64(float64(n)*scale)) }
	return []situation{
		{int(scaled(5000)), 16 << 10},
		{int(scaled(500)), 4 << 20},
		{4, scaled(1024) << 20},
	}
}

func (s situation) String() string { return fmt.Sprintf("%d × %s", s.files, bytesText(s.size)) }

func (s situation) bytes() int64 { return int64(s.files) * s.size }

func bytesText(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

// make writes the files, at most 1,000 a folder. Their bytes are random, and
// the same in each run.
func (s situation) make(dir string) error {
	source := rand.NewChaCha8([32]byte{1})
	chunk := make([]byte, min(s.size, 1<<20))
	for i := range s.files {
		folder := filepath.Join(dir, fmt.Sprintf("part-%04d", i/1000))
		if i%1000 == 0 {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
		}
		file, err := os.Create(filepath.Join(folder, fmt.Sprintf("%07d.bin", i)))
		if err != nil {
			return err
		}
		for left := s.size; left > 0 && err == nil; left -= int64(len(chunk)) {
			_, _ = source.Read(chunk)
			_, err = file.Write(chunk[:min(left, int64(len(chunk)))])
		}
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("write the files to publish: %w", err)
		}
	}
	return nil
}
