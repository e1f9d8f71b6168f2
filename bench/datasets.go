package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"datalock/internal/rehearse/local"
)

// datasetOptions are the flags of -datasets.
type datasetOptions struct {
	scale        float64
	rounds       int
	flat         []int
	out, picture string
}

// A row is how long something took with one server.
type row struct {
	Situation string `json:"situation"`
	Server    string `json:"server"`
	What      string `json:"what"`
	Files     int    `json:"files"`
	Bytes     int64  `json:"bytes"`
	// Seconds are the times of all rounds, sorted.
	Seconds []float64 `json:"seconds"`
	// PeakMB is the most memory of the process and its children in any round,
	// 0 for what the benchmark itself does.
	PeakMB float64 `json:"peakMB,omitempty"`
}

func (r row) median() float64 { return median(r.Seconds) }

// datasetRun is one run of -datasets.
type datasetRun struct {
	Machine machine `json:"machine"`
	Rows    []*row  `json:"rows"`

	work, server string
	tools        []tool
}

// measureDatasets times publish beside its peers and verify beside bare loops,
// and prints a table.
func measureDatasets(work string, o datasetOptions) error {
	r := &datasetRun{Machine: thisMachine(), work: work}
	var err error
	if r.tools, err = buildTools(work); err != nil {
		return err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	source := filepath.Join("internal", "rehearse", "server")
	if r.server, err = local.Build(context.Background(), source, filepath.Join(cache, "datalock"), work, func() {
		progress("build: the local server")
	}); err != nil {
		return err
	}
	for _, s := range situations(o.scale) {
		if err := r.measure(s, o.rounds); err != nil {
			return err
		}
	}
	for _, files := range o.flat {
		if err := r.measureFlat(situation{files, 64}); err != nil {
			return err
		}
	}
	fmt.Print(r.table())
	return write(r, o.out, o.picture)
}

// measure times one situation with both servers. The tools alternate, each with
// its own server, so that none finds what another left.
func (r *datasetRun) measure(s situation, rounds int) error {
	dir := filepath.Join(r.work, "files")
	defer os.RemoveAll(dir)
	if err := s.make(dir); err != nil {
		return err
	}
	for range rounds {
		if err := r.limits(s, dir); err != nil {
			return err
		}
		for _, t := range r.tools {
			if err := r.toSink(s, dir, t); err != nil {
				return err
			}
		}
		for _, t := range r.tools {
			if err := r.toServer(s, dir, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// toSink times a copy to the sink.
func (r *datasetRun) toSink(s situation, dir string, t tool) error {
	sink, err := startSink()
	if err != nil {
		return err
	}
	defer sink.stop()
	at := sink.target()
	if err := r.run(s, at, t.name, t.binary, t.copies(dir, "set", at), t.env(at)); err != nil {
		return err
	}
	return sink.holds(s)
}

// toServer times a copy to the local server, and then, of what Datalock
// published, verify and what it is compared with.
func (r *datasetRun) toServer(s situation, dir string, t tool) error {
	data := filepath.Join(r.work, "server")
	defer os.RemoveAll(data)
	server, err := local.Start(context.Background(), r.server, "--dir", data)
	if err != nil {
		return err
	}
	defer server.Stop()
	root := server.Users["root"]
	if err := makeLocked(server, root, datasetBucket); err != nil {
		return err
	}
	at := target{"local server", server.Endpoint, server.Region, root.AccessKey, root.SecretKey}
	if err := r.run(s, at, t.name, t.binary, t.copies(dir, "set", at), t.env(at)); err != nil {
		return err
	}
	if t.name != datalockName {
		return nil
	}
	for _, one := range []struct {
		what string
		args []string
		bare string
	}{
		{verifyName, nil, headName},
		{verifyReadName, []string{"--read"}, getName},
	} {
		if err := r.bare(s, at, one.bare); err != nil {
			return err
		}
		if err := r.run(s, at, one.what, t.binary, append(verifyArgs(at), one.args...), t.env(at)); err != nil {
			return err
		}
	}
	return nil
}

const (
	verifyName     = "datalock verify"
	verifyReadName = "datalock verify --read"
)

func verifyArgs(at target) []string {
	return []string{"verify", "s3://" + datasetBucket + "/set", "--endpoint", at.endpoint}
}

// measureFlat publishes many tiny files to the sink, and verifies them there.
func (r *datasetRun) measureFlat(s situation) error {
	dir := filepath.Join(r.work, "files")
	defer os.RemoveAll(dir)
	progress("make %s", s)
	if err := s.make(dir); err != nil {
		return err
	}
	sink, err := startSink()
	if err != nil {
		return err
	}
	defer sink.stop()
	at, t := sink.target(), r.tools[0]
	if err := r.run(s, at, t.name, t.binary, t.copies(dir, "set", at), t.env(at)); err != nil {
		return err
	}
	return r.run(s, at, verifyName, t.binary, verifyArgs(at), t.env(at))
}

// sampleEvery is how often the memory of a tool is looked at.
const sampleEvery = 25 * time.Millisecond

// run runs a command once.
func (r *datasetRun) run(s situation, at target, what, binary string, args, env []string) error {
	cmd := exec.Command(binary, args...)
	cmd.Env = append(append(os.Environ(), "NO_COLOR=1"), env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	peak := watch(cmd.Process.Pid, sampleEvery)
	err := cmd.Wait()
	took := time.Since(began).Seconds()
	mb := peak()
	if err != nil {
		return fmt.Errorf("%s to the %s: %w\n%s", what, at.name, err, said.String())
	}
	r.add(s, at.name, what, took, mb)
	return nil
}

// add notes a time.
func (r *datasetRun) add(s situation, server, what string, took, peakMB float64) {
	progress("%-14s %-13s %-24s %8.2f s %5.0f MB", s, server, what, took, peakMB)
	i := slices.IndexFunc(r.Rows, func(o *row) bool {
		return o.Situation == s.String() && o.Server == server && o.What == what
	})
	if i < 0 {
		i = len(r.Rows)
		r.Rows = append(r.Rows, &row{
			Situation: s.String(), Server: server, What: what, Files: s.files, Bytes: s.bytes(),
		})
	}
	one := r.Rows[i]
	one.Seconds = append(one.Seconds, took)
	slices.Sort(one.Seconds)
	one.PeakMB = max(one.PeakMB, peakMB)
}
