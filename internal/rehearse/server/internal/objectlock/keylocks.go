package objectlock

import (
	"io"
	"sync"

	"github.com/versity/versitygw/s3api/middlewares"
)

// keyLocks gives each object key a lock for as long as somebody holds it or
// waits for it. Who changes a key's files holds it alone; who reads them shares
// it, so that a version is never looked for while it is on its way from one
// file name to another. The POSIX backend only orders writers of a key among
// themselves.
//
// Nobody asks for a key while holding it, and who needs two keys takes them in
// the order of their names.
type keyLocks struct {
	mu   sync.Mutex
	held map[string]*keyLock
}

type keyLock struct {
	sync.RWMutex
	users int
	// pending is the lock that the version being published asked for. It is
	// read by the metadata store, which sees files and no requests.
	pending Pending
}

func objectPath(bucket, key string) string { return bucket + "/" + key }

// acquire locks a key and notes what lock its next version asked for; the
// function returned unlocks it.
func (k *keyLocks) acquire(bucket, key string, pending Pending) (release func()) {
	lock, leave := k.enter(objectPath(bucket, key))
	lock.Lock()
	lock.pending = pending
	return func() {
		lock.pending = Pending{}
		lock.Unlock()
		leave()
	}
}

// share locks a key against changes; the function returned unlocks it.
func (k *keyLocks) share(bucket, key string) (release func()) {
	lock, leave := k.enter(objectPath(bucket, key))
	lock.RLock()
	return func() {
		lock.RUnlock()
		leave()
	}
}

// acquireToCopy locks the key that a copy writes and shares the one that it
// reads, which may be the same.
func (k *keyLocks) acquireToCopy(bucket, key, fromBucket, fromKey string, pending Pending) (release func()) {
	to, from := objectPath(bucket, key), objectPath(fromBucket, fromKey)
	if to == from {
		return k.acquire(bucket, key, pending)
	}
	if from < to {
		shared := k.share(fromBucket, fromKey)
		held := k.acquire(bucket, key, pending)
		return func() { held(); shared() }
	}
	held := k.acquire(bucket, key, pending)
	shared := k.share(fromBucket, fromKey)
	return func() { shared(); held() }
}

// enter returns a key's lock, which stays until the function returned is called.
func (k *keyLocks) enter(path string) (lock *keyLock, leave func()) {
	k.mu.Lock()
	if k.held == nil {
		k.held = map[string]*keyLock{}
	}
	lock, ok := k.held[path]
	if !ok {
		lock = &keyLock{}
		k.held[path] = lock
	}
	lock.users++
	k.mu.Unlock()
	return lock, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if lock.users--; lock.users == 0 {
			delete(k.held, path)
		}
	}
}

// pending returns what the version being published under a key asked for. Its
// caller runs in a call that holds the key.
func (k *keyLocks) pending(bucket, key string) Pending {
	k.mu.Lock()
	defer k.mu.Unlock()
	if lock, ok := k.held[objectPath(bucket, key)]; ok {
		return lock.pending
	}
	return Pending{}
}

// atEOF returns a reader that calls commit once, when the body has been read
// to its end. A key is held only from there on, so that a client that stops
// sending holds up nobody. Trailing checksums stay visible to the backend.
func atEOF(body io.Reader, commit func()) io.Reader {
	reader := &committer{Reader: body, commit: sync.OnceFunc(commit)}
	if sums, ok := body.(middlewares.ChecksumReader); ok {
		return &checksumCommitter{committer: reader, sums: sums}
	}
	return reader
}

type committer struct {
	io.Reader
	commit func()
}

func (c *committer) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil {
		c.commit()
	}
	return n, err
}

type checksumCommitter struct {
	*committer
	sums middlewares.ChecksumReader
}

func (c *checksumCommitter) Algorithm() string { return c.sums.Algorithm() }
func (c *checksumCommitter) Checksum() string  { return c.sums.Checksum() }
