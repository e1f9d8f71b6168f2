package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync"

	"datalock/dataset/manifest"
)

// blockLines is how many entries are decoded at a time.
const blockLines = 256

// A block is some lines of a shard, and what they hold once ready is closed.
type block struct {
	lines   [][]byte
	entries []manifest.Entry
	// failed is the error of the line after the entries, and err that of
	// reading on.
	failed, err error
	ready       chan struct{}
}

// entries returns the entries of all shards, in the order of their names. They
// are decoded on all processors, a few blocks ahead.
func (d *opened) entries() iter.Seq2[manifest.Entry, error] {
	return func(yield func(manifest.Entry, error) bool) {
		decoders := runtime.GOMAXPROCS(0)
		work, order := make(chan *block), make(chan *block, 2*decoders)
		quit := make(chan struct{})
		var group sync.WaitGroup
		defer group.Wait()
		defer close(quit)
		group.Go(func() {
			defer close(work)
			defer close(order)
			d.blocks(func(b *block) bool { return send(order, b, quit) && send(work, b, quit) })
		})
		for range decoders {
			group.Go(func() {
				for b := range work {
					b.decode(d.dataset())
				}
			})
		}
		for b := range order {
			<-b.ready
			for _, e := range b.entries {
				if !yield(e, nil) {
					return
				}
			}
			if err := firstError(b.failed, b.err); err != nil {
				yield(manifest.Entry{}, err)
				return
			}
		}
	}
}

func send(to chan<- *block, b *block, quit <-chan struct{}) bool {
	select {
	case to <- b:
		return true
	case <-quit:
		return false
	}
}

// decode decodes the lines up to the first that can't be.
func (b *block) decode(of manifest.Dataset) {
	defer close(b.ready)
	b.entries = make([]manifest.Entry, 0, len(b.lines))
	for _, line := range b.lines {
		e, err := manifest.ParseEntry(line, of.Bucket, of.Prefix)
		if err != nil {
			b.failed = err
			return
		}
		b.entries = append(b.entries, e)
	}
	b.lines = nil
}

// blocks reads the lines of all shards.
func (d *opened) blocks(give func(*block) bool) {
	for i, s := range d.shards {
		shard, lines := d.dataset().Shards[i], int64(0)
		in := bufio.NewReaderSize(io.NewSectionReader(s, 0, shard.Size), longestEntry)
		for more := true; more; {
			b := &block{ready: make(chan struct{}), lines: make([][]byte, 0, blockLines)}
			for len(b.lines) < blockLines && more {
				line, err := in.ReadSlice('\n')
				more = err == nil
				if errors.Is(err, bufio.ErrBufferFull) {
					err = errors.New("it is longer than any entry")
				}
				if err != nil && !errors.Is(err, io.EOF) {
					b.err = fmt.Errorf("read line %d of %s: %w", lines+1, shard.Name, err)
				} else if len(line) > 0 {
					b.lines = append(b.lines, bytes.Clone(line))
					lines++
				}
			}
			if !more && b.err == nil && lines != shard.Lines {
				b.err = fmt.Errorf("%s has %d lines, but the manifest lists %d", shard.Name, lines, shard.Lines)
			}
			if len(b.lines) == 0 && b.err == nil {
				break
			}
			if !give(b) || b.err != nil {
				return
			}
		}
	}
}
