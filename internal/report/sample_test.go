package report

import (
	"encoding/json"
	"time"

	"datalock/internal/prove"
)

// hostile is text that a server could return to break out of a report.
const hostile = "<script>alert(1)</script>|`x`\n# [a](b) \x1b[31m"

// moments are the times in the samples.
func at(second int) time.Time { return time.Date(2026, 11, 24, 12, 0, second, 0, time.UTC) }

func until() *time.Time {
	t := at(0).AddDate(0, 0, 90)
	return &t
}

func kept() *prove.State {
	sum := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	return &prove.State{Readable: true, SHA256: sum, Bytes: 256, Mode: "COMPLIANCE", Until: until()}
}

func asked(purpose prove.Purpose, operation string, status int, code string) prove.Request {
	return prove.Request{
		Operation: operation, Purpose: purpose, Principal: prove.Owner, Method: "DELETE", Bucket: "b", Key: "k",
		VersionID: "v1",
		Status:    status, Code: code, ID: "REQUEST" + code, Time: at(1), Attempts: 1, Refusal: purpose == prove.ToAttack,
	}
}

// line returns a trial of the table by name.
func line(name string) prove.Trial {
	for _, t := range prove.Table() {
		if t.Name == name {
			return t
		}
	}
	panic("there is no trial " + name)
}

// outcome has a trial of each verdict, and everything else that a report shows.
func outcome() prove.Outcome {
	control := &prove.ControlResult{
		Succeeded: true, Found: "the version is gone (404 NoSuchVersion)",
		Requests: []prove.Request{asked(prove.ToAttack, "DeleteObject of the version", 204, "")},
	}
	result := func(name string, status prove.Status, reason string, requests ...prove.Request) prove.Result {
		return prove.Result{
			Trial: line(name), Status: status, Reason: reason, As: prove.Owner, Requests: requests, Version: "v1",
			Before: kept(), After: kept(), Control: control, Started: at(1), Took: 300 * time.Millisecond,
			Watched: 61 * time.Second,
		}
	}
	check := asked(prove.ToCheck, "GetObject", 200, "")
	heldOne := result("delete-version", prove.Held, kept().String(),
		asked(prove.ToAttack, "DeleteObject of the version", 403, "AccessDenied"), check)
	deviating := result("delete-batch", prove.Held, kept().String(),
		asked(prove.ToAttack, "DeleteObjects of the version", 200, ""), check)
	deviating.Deviations = []string{"DeleteObjects of the version returned 200 OK; S3 refuses it"}
	bad := result("delete-presigned", prove.Breached, "the version is gone (404 "+hostile+")",
		asked(prove.ToAttack, "DeleteObject of the version by a presigned URL", 204, ""))
	bad.After, bad.Watched = &prove.State{Answer: "404 NoSuchVersion"}, 0
	unknown := result("shorten", prove.Inconclusive,
		"PutObjectRetention returned 503 SlowDown (5 attempts), which decides nothing",
		asked(prove.ToAttack, "PutObjectRetention", 503, "SlowDown"))
	unknown.Moves = []prove.Move{{To: at(0).AddDate(0, 0, 1)}, {To: at(0).AddDate(0, 0, 91), Accepted: true}}
	unknown.Control = nil
	results := []prove.Result{heldOne, deviating, bad, unknown}
	for _, name := range []string{"seal-lock", "seal-lifecycle", "seal-policy"} {
		results = append(results, prove.Result{
			Trial: line(name), Status: prove.NotApplicable, Reason: "the bucket policy has no such guard", As: prove.Admin,
			Started: at(2),
		})
	}
	return prove.Outcome{
		Results: results, ClockAhead: 10 * time.Minute, Exempt: []prove.Principal{prove.Owner}, Watched: 61 * time.Second,
		Left: prove.Left{
			Versions: []prove.LeftVersion{
				{
					Key:       "datalock-trials/r/" + hostile,
					VersionID: "v1",
					Until:     until(),
					Lock:      "COMPLIANCE",
				}, {Key: "other", Lock: "unknown"},
			},
			Buckets: []string{"datalock-r-without-lock"},
		},
	}
}

func subjectConfig() prove.Config {
	c := prove.Config{Bucket: "bucket-" + hostile, Run: "r"}
	c.Endpoint.Region, c.Expected.Mode, c.Expected.Days = "eu-central-1", "COMPLIANCE", 90
	c.Guards = prove.Guards{
		Declared: []prove.Guard{prove.NoBypass},
		Statements: []prove.Statement{
			{Sid: "DenyGovernanceBypass", Guards: []prove.Guard{prove.NoBypass}}, {Sid: "Own" + hostile},
			{Sid: "SealConfiguration", Guards: []prove.Guard{prove.SealConfiguration}},
		},
	}
	return c
}

// newSample returns a report of one subject, modified by change.
func newSample(kind string, aborted error, change func(*Subject, *prove.Outcome)) *Report {
	c, o := subjectConfig(), outcome()
	s := NewSubject(c, Server{Endpoint: "http://127.0.0.1:9000", Kind: Other})
	change(&s, &o)
	s.Fill(c, o)
	r := New(kind, at(0))
	r.Tool = Tool{
		Name:     "datalock",
		Version:  "v1.2.3",
		Commit:   "0123456789abcdef",
		Modified: true,
		Go:       "1.26.0",
		Platform: "linux/amd64",
	}
	r.Add(s)
	r.End(at(70), aborted)
	return r
}

func breachedSample() *Report { return newSample(Proof, nil, func(*Subject, *prove.Outcome) {}) }

// heldSample is the report of a rehearsal in which all trials held.
func heldSample() *Report {
	return newSample(Rehearsal, nil, func(s *Subject, o *prove.Outcome) {
		o.Results = append(o.Results[:2:2], o.Results[4:]...)
		o.ClockAhead, o.Exempt = 0, nil
		s.Stack, s.Left.Removed = "data", true
		s.Server = Server{
			Endpoint: "https://127.0.0.1:1", Kind: Local, Versions: map[string]string{"go": "go1.26.0", "versitygw": "v1.8.0"},
			Enforced: []string{"COMPLIANCE"}, Kept: []string{"website"}, Gaps: []string{"there is no KMS"},
		}
		sum := "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
		s.Declared = &Declared{
			Settings:  json.RawMessage(`{"region":"eu-central-1"}`),
			SHA256:    sum,
			Rehearsed: sum,
			Changes:   []string{"an endpoint"},
		}
		s.Terraform = &Terraform{
			Command:   "terraform",
			Version:   "1.11.4",
			Provider:  "5.100.0",
			Resources: 7,
			Changes:   []string{},
		}
	})
}
