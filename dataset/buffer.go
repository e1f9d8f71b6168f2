package dataset

import (
	"math/bits"
	"sync"
)

// buffers are reused, with one pool for each power of two: otherwise they would
// be most of what is allocated.
var buffers [64]sync.Pool

// smallest is the size of the smallest buffer in bytes, as a power of two.
const smallest = 14

func class(size int64) int { return max(smallest, bits.Len64(uint64(max(size, 1)-1))) }

// capacity is the size of the buffer that holds size bytes.
func capacity(size int64) int64 { return 1 << class(size) }

// takeBuffer returns a buffer of the given size.
func takeBuffer(size int64) []byte {
	if b, ok := buffers[class(size)].Get().(*[]byte); ok {
		return (*b)[:size]
	}
	return make([]byte, size, capacity(size))
}

// giveBuffer returns a buffer to its pool.
func giveBuffer(b []byte) {
	b = b[:cap(b)]
	buffers[class(int64(len(b)))].Put(&b)
}
