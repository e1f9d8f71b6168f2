package judge

import (
	"fmt"
	"slices"
)

// An upload is an incomplete multipart upload.
type upload struct {
	parts int
	bytes int64
	// source is the object that its parts are copied from.
	source string
}

// When parts count as many and small: S3 allows 10,000 parts, and each is a
// request.
const (
	manyParts = 100
	smallPart = 16 << 20
)

// follow looks for patterns across several requests: a copy and the delete of
// its source, a put and the delete of the same object, the parts of an upload.
func (j *Judge) follow(r Request, c *cause) {
	if r.Bucket != j.bucket.Name {
		return
	}
	if c != nil && c.class == Refused && r.Operation == DeleteObject {
		j.refusedDelete(r)
	}
	if !r.Taken() {
		return
	}
	switch id := r.Query["uploadId"]; r.Operation {
	case UploadPart, UploadPartCopy:
		j.part(id, r)
	case AbortMultipartUpload:
		delete(j.uploads, id)
	case CompleteMultipartUpload:
		j.completed(id, r)
	case CopyObject:
		j.remember(r.source(), r.Key)
	}
	if r.creates() && len(j.written) < maxKeys {
		j.written[r.Key] = true
	}
	if r.carries() {
		j.carried(r)
	}
}

// remember records a copy by its source.
func (j *Judge) remember(source, key string) {
	if source != "" && len(j.copies) < maxKeys {
		j.copies[source] = key
	}
}

func (j *Judge) part(id string, r Request) {
	u := j.uploads[id]
	if u == nil {
		if len(j.uploads) == maxKeys {
			return
		}
		u = &upload{}
		j.uploads[id] = u
	}
	u.parts++
	u.bytes += r.Bytes
	if source := r.source(); source != "" {
		u.source = source
	}
}

func (j *Judge) completed(id string, r Request) {
	u := j.uploads[id]
	if u == nil {
		return
	}
	delete(j.uploads, id)
	j.remember(u.source, r.Key)
	if u.source == "" && u.parts > manyParts && u.bytes/int64(u.parts) < smallPart {
		j.find(&cause{class: Unwanted, problem: SmallParts, why: "many small parts: each is a billed request"},
			r, fmt.Sprintf("%s in %d parts of %d bytes on average", r.Key, u.parts, u.bytes/int64(u.parts)))
	}
}

// carried checks the headers of an accepted upload.
func (j *Judge) carried(r Request) {
	if _, until := r.retention(); until.IsZero() {
		j.dates.without++
	} else {
		j.dates.with++
	}
	class := r.header("x-amz-storage-class")
	if class != "" && class != "STANDARD" {
		j.find(&cause{
			class:   Unwanted,
			problem: Classes,
			rule:    class,
			why:     "it names the storage class " + class + " for a version that can't be deleted before its retention ends",
		}, r, r.place())
	}
}

// refusedDelete looks for the purpose of a refused delete: a rename, or a
// temporary object. A retried delete counts once.
func (j *Judge) refusedDelete(r Request) {
	source := r.Bucket + "/" + r.Key
	wrote := j.written[r.Key]
	delete(j.written, r.Key)
	if to, ok := j.copies[source]; ok {
		delete(j.copies, source)
		j.find(&cause{
			class:   Unwanted,
			problem: Copied,
			why:     "a rename by copy and delete: S3 accepts the copy and refuses the delete, and both objects stay locked",
		},
			withoutAnswer(r), r.Key+" and "+to)
		return
	}
	if wrote {
		j.find(&cause{
			class:   Unwanted,
			problem: Temporary,
			why:     "the program tried to delete what it wrote: it stays, locked and billed, until its retention ends",
		},
			withoutAnswer(r), r.Key)
	}
}

// withoutAnswer returns a request without the fields that distinguish its
// answer from others.
func withoutAnswer(r Request) Request {
	r.Status, r.Code, r.Operation = 0, "", ""
	return r
}

// byClass sorts findings, worst first, and within a class by their count.
func byClass(findings []*Finding) []Finding {
	classes := []Class{Refused, Unjudged, Unwanted, Note}
	sorted := make([]Finding, 0, len(findings))
	for _, class := range classes {
		for _, f := range findings {
			if f.Class == class {
				sorted = append(sorted, *f)
			}
		}
	}
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		if d := slices.Index(classes, a.Class) - slices.Index(classes, b.Class); d != 0 {
			return d
		}
		return b.Count - a.Count
	})
	return sorted
}
