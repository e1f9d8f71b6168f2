package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A sink is an S3 server that only answers: it reads what it is sent and keeps
// size, checksum and lock, but no bytes of data. So it shows how fast a
// client is, not a server. What lies under .datalock/ is kept whole.
type sink struct {
	Endpoint string
	server   *http.Server
	mu       sync.Mutex
	objects  map[string]object
	uploads  map[string]object
	// names are the keys, sorted when they are listed.
	names []string
}

// object is what the sink knows of one, and of an unfinished upload.
type object struct {
	size                  int64
	checksum, mode, until string
	body                  []byte
}

const (
	sinkVersion  = "sink-version-1"
	sinkPage     = 1000
	sinkETag     = `"00000000000000000000000000000000-1"` // not an MD5, so clients don't compare it
	metaPrefix   = ".datalock/"
	lockMode     = "X-Amz-Object-Lock-Mode"
	lockUntil    = "X-Amz-Object-Lock-Retain-Until-Date"
	checksumName = "X-Amz-Checksum-Sha256"
)

// startSink starts one on a free port of loopback.
func startSink() (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the sink: %w", err)
	}
	s := &sink{Endpoint: "http://" + listener.Addr().String(), objects: map[string]object{}, uploads: map[string]object{}}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *sink) stop() { _ = s.server.Close() }

// sinkName is the sink in the table.
const sinkName = "sink"

func (s *sink) target() target {
	return target{sinkName, s.Endpoint, "us-east-1", "key", "secret"}
}

// holds fails unless the sink was sent all files.
func (s *sink) holds(want situation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, bytes := 0, int64(0)
	for key, o := range s.objects {
		if !strings.HasPrefix(key, metaPrefix) {
			files, bytes = files+1, bytes+o.size
		}
	}
	if files != want.files || bytes != want.bytes() {
		return fmt.Errorf("the sink has %d files and %d bytes, not %d and %d", files, bytes, want.files, want.bytes())
	}
	return nil
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	switch {
	case key == "":
		s.bucket(w, query)
	case r.Method == http.MethodPut:
		s.put(w, r, key, query)
	case r.Method == http.MethodPost && query.Has("uploads"):
		s.begin(w, r, key)
	case r.Method == http.MethodPost && query.Has("uploadId"):
		s.finish(w, r, key, query.Get("uploadId"))
	default:
		s.get(w, r, key)
	}
}

// bucket answers what is asked of the bucket: it is locked for a day.
func (s *sink) bucket(w http.ResponseWriter, query url.Values) {
	switch {
	case query.Has("versioning"):
		fmt.Fprint(w, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	case query.Has("object-lock"):
		fmt.Fprint(w, "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>",
			"<Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>")
	case query.Has("policy"):
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<Error><Code>NoSuchBucketPolicy</Code></Error>")
	case query.Has("uploads"):
		fmt.Fprint(w, "<ListMultipartUploadsResult></ListMultipartUploadsResult>")
	case query.Has("versions"):
		s.list(w, query.Get("prefix"), query.Get("key-marker"))
	case query.Has("list-type") || query.Has("prefix"):
		fmt.Fprint(w, "<ListBucketResult></ListBucketResult>")
	}
}

// list answers ListObjectVersions.
func (s *sink) list(w http.ResponseWriter, prefix, after string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.names) != len(s.objects) {
		s.names = s.names[:0]
		for name := range s.objects {
			s.names = append(s.names, name)
		}
		slices.Sort(s.names)
	}
	type version struct {
		Key, VersionId string
		Size           int64
		IsLatest       bool
	}
	var page struct {
		XMLName                            xml.Name `xml:"ListVersionsResult"`
		IsTruncated                        bool
		NextKeyMarker, NextVersionIdMarker string
		Version                            []version
	}
	at, found := slices.BinarySearch(s.names, max(prefix, after))
	if found && after != "" {
		at++
	}
	for ; at < len(s.names) && strings.HasPrefix(s.names[at], prefix); at++ {
		if len(page.Version) == sinkPage {
			page.IsTruncated = true
			page.NextKeyMarker, page.NextVersionIdMarker = page.Version[sinkPage-1].Key, sinkVersion
			break
		}
		page.Version = append(page.Version, version{s.names[at], sinkVersion, s.objects[s.names[at]].size, true})
	}
	_ = xml.NewEncoder(w).Encode(page)
}

// buffers are for what is read and thrown away.
var buffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// drain reads a body and counts it.
func drain(r io.Reader) (size int64, err error) {
	buffer := buffers.Get().(*[256 << 10]byte)
	defer buffers.Put(buffer)
	for {
		n, err := r.Read(buffer[:])
		size += int64(n)
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}

func (s *sink) put(w http.ResponseWriter, r *http.Request, key string, query url.Values) {
	o := object{checksum: r.Header.Get(checksumName), mode: r.Header.Get(lockMode), until: r.Header.Get(lockUntil)}
	var err error
	if strings.HasPrefix(key, metaPrefix) {
		o.body, err = io.ReadAll(r.Body)
		o.size = int64(len(o.body))
	} else {
		o.size, err = drain(r.Body)
	}
	if err != nil {
		return
	}
	w.Header().Set("ETag", sinkETag)
	if o.checksum != "" {
		w.Header().Set(checksumName, o.checksum)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := query.Get("uploadId"); id != "" {
		whole := s.uploads[id]
		whole.size += o.size
		s.uploads[id] = whole
		return
	}
	w.Header().Set("X-Amz-Version-Id", sinkVersion)
	s.objects[key] = o
}

func (s *sink) begin(w http.ResponseWriter, r *http.Request, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("upload-%d", len(s.uploads))
	s.uploads[id] = object{mode: r.Header.Get(lockMode), until: r.Header.Get(lockUntil)}
	fmt.Fprintf(w, "<InitiateMultipartUploadResult><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>",
		url.PathEscape(key), id)
}

func (s *sink) finish(w http.ResponseWriter, r *http.Request, key, id string) {
	_, _ = drain(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.uploads[id]
	o.checksum = r.Header.Get(checksumName)
	s.objects[key] = o
	w.Header().Set("X-Amz-Version-Id", sinkVersion)
	fmt.Fprintf(w, "<CompleteMultipartUploadResult><ETag>%s</ETag>"+
		"<ChecksumSHA256>%s</ChecksumSHA256></CompleteMultipartUploadResult>",
		strings.Trim(sinkETag, `"`), o.checksum)
}

// get answers HEAD, and GET of what is kept whole.
func (s *sink) get(w http.ResponseWriter, r *http.Request, key string) {
	s.mu.Lock()
	o, ok := s.objects[key]
	s.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Length", fmt.Sprint(o.size))
	h.Set("ETag", sinkETag)
	h.Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	h.Set("X-Amz-Version-Id", sinkVersion)
	for name, value := range map[string]string{checksumName: o.checksum, lockMode: o.mode, lockUntil: o.until} {
		if value != "" {
			h.Set(name, value)
		}
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(o.body)
	}
}
