package judge

import (
	"net/http"
	"slices"
	"strings"

	"datalock/internal/prove"
)

// A Finding describes requests of one kind.
type Finding struct {
	Class     Class     `json:"class"`
	Problem   Problem   `json:"problem"`
	Operation Operation `json:"operation,omitempty"`
	// Program is the name from the User-Agent; Count is the number of requests,
	// or of keys of a DeleteObjects.
	Program string `json:"program,omitempty"`
	Count   int    `json:"count"`
	Status  int    `json:"status,omitempty"`
	Code    string `json:"code,omitempty"`
	// Rule is the guard or rule that decided, Why explains it.
	Rule     string        `json:"rule,omitempty"`
	Guards   []prove.Guard `json:"guards,omitempty"`
	Why      string        `json:"why"`
	Document string        `json:"document,omitempty"`
	// Examples are some of the keys, Fix is what to change.
	Examples []string `json:"examples,omitempty"`
	Fix      []string `json:"fix,omitempty"`
}

// A Kind is an operation of a program, with the number of its requests and of
// those refused.
type Kind struct {
	Operation Operation `json:"operation"`
	Program   string    `json:"program"`
	Requests  int       `json:"requests"`
	Refused   int       `json:"refused"`
}

// Limits on what is kept of a program's requests, to limit memory.
const (
	maxExamples = 3
	maxFindings = 200
	maxKeys     = 100_000
)

// A Judge receives requests one at a time, in the order of their answers.
type Judge struct {
	bucket   Bucket
	requests int
	// refused and unjudged count the requests with a finding of that class.
	refused, unjudged int
	kinds             []*Kind
	findings          []*Finding
	// leftOut counts requests whose finding would exceed maxFindings.
	leftOut int
	// written are keys that the program wrote, copies are the targets of its
	// copies by their source, and uploads are the parts of its multipart
	// uploads.
	written map[string]bool
	copies  map[string]string
	uploads map[string]*upload
	dates   dates
}

// dates counts the versions created with an explicit retention, and without
// one.
type dates struct{ with, without int }

// New returns a judge for a bucket.
func New(b Bucket) *Judge {
	return &Judge{bucket: b, written: map[string]bool{}, copies: map[string]string{}, uploads: map[string]*upload{}}
}

// Add judges a request.
func (j *Judge) Add(r Request) {
	j.requests++
	program := Agent(r.header("user-agent"))
	kind := j.kind(r.Operation, program)
	kind.Requests++
	c := j.bucket.explain(r)
	classes := j.deletes(r)
	if c != nil {
		j.find(c, r, r.place())
		classes[c.class] = true
	}
	if classes[Refused] {
		kind.Refused++
		j.refused++
	}
	if classes[Unjudged] {
		j.unjudged++
	}
	j.follow(r, c)
}

// deletes judges each key of a DeleteObjects, which returns 200 even if it
// refuses keys, and returns the classes of what it found.
func (j *Judge) deletes(r Request) map[Class]bool {
	classes := map[Class]bool{}
	for _, d := range r.Deletes {
		one := r
		one.Operation, one.Deletes, one.Key = DeleteObject, nil, d.Key
		one.Query = map[string]string{}
		if d.VersionID != "" {
			one.Query["versionId"] = d.VersionID
		}
		one.Status, one.Code, one.Message = statusOf(d.Code), d.Code, d.Message
		c := j.bucket.explain(one)
		if c != nil {
			one.Operation = DeleteObjects
			j.find(c, one, one.place())
			one.Operation = DeleteObject
			classes[c.class] = true
		}
		j.follow(one, c)
	}
	if r.Cut {
		j.find(
			&cause{class: Unjudged, problem: AnswerCut, rule: "none", why: "its answer was too long to read completely"},
			r,
			r.place(),
		)
		classes[Unjudged] = true
	}
	return classes
}

// statusOf returns the status with which S3 sends a code.
func statusOf(code string) int {
	switch code {
	case "":
		return http.StatusNoContent
	case "AccessDenied":
		return http.StatusForbidden
	case "NotImplemented":
		return http.StatusNotImplemented
	case "InternalError":
		return http.StatusInternalServerError
	case "NoSuchKey", "NoSuchVersion":
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

// place returns the method and the object of a request, such as PUT bucket/key.
func (r Request) place() string {
	place := strings.TrimSuffix(r.Bucket+"/"+r.Key, "/")
	if v := r.version(); v != "" {
		place += "?versionId=" + v
	}
	return r.Method + " " + place
}

func (j *Judge) kind(o Operation, program string) *Kind {
	for _, k := range j.kinds {
		if k.Operation == o && k.Program == program {
			return k
		}
	}
	k := &Kind{Operation: o, Program: program}
	if len(j.kinds) < maxFindings {
		j.kinds = append(j.kinds, k)
	}
	return k
}

// find adds a request to the finding of its cause.
func (j *Judge) find(c *cause, r Request, example string) {
	program := Agent(r.header("user-agent"))
	f := Finding{
		Class: c.class, Problem: c.problem, Operation: r.Operation, Program: program, Status: r.Status, Code: r.Code,
		Rule: c.rule, Guards: c.guards, Why: c.why, Document: c.document, Fix: advice(program, c.topics()...),
	}
	if f.Code == "" && r.Status == http.StatusForbidden {
		f.Code = "AccessDenied" // the answer to a HEAD has no body
	}
	j.add(f, example, 1)
}

func (j *Judge) add(f Finding, example string, count int) {
	at := slices.IndexFunc(j.findings, func(have *Finding) bool { return have.same(f) })
	if at < 0 {
		if len(j.findings) == maxFindings {
			j.leftOut += count
			return
		}
		at = len(j.findings)
		j.findings = append(j.findings, &f)
	}
	have := j.findings[at]
	have.Count += count
	if example != "" && len(have.Examples) < maxExamples && !slices.Contains(have.Examples, example) {
		have.Examples = append(have.Examples, example)
	}
}

// same reports whether two findings are of the same kind. The server's message
// doesn't count: it may contain the key.
func (f *Finding) same(o Finding) bool {
	return f.Class == o.Class && f.Problem == o.Problem && f.Operation == o.Operation && f.Program == o.Program &&
		f.Status == o.Status && f.Code == o.Code && f.Rule == o.Rule && (f.Problem != OtherBucket || f.Why == o.Why)
}
