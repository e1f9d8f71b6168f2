package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A figure is the result of one peer in one situation.
type figure struct {
	Peer string `json:"peer"`
	// First tells a first run, without any cache, from the ones that follow.
	First   bool `json:"first"`
	Buckets int  `json:"buckets"`
	// Seconds are the times of all runs, sorted.
	Seconds []float64 `json:"seconds"`
	// PeakMB is the peak memory of the process and all its children together,
	// in a separate run that isn't timed.
	PeakMB float64 `json:"peakMB"`
}

func (f figure) median() float64 { return median(f.Seconds) }

// median returns the middle of sorted times.
func median(seconds []float64) float64 {
	n := len(seconds)
	return (seconds[(n-1)/2] + seconds[n/2]) / 2
}

type results struct {
	Machine machine  `json:"machine"`
	Figures []figure `json:"figures"`
}

// measureAll measures every situation, alternating between the peers.
func measureAll(work string, peers []peer, o options) (*results, error) {
	r := &results{Machine: thisMachine()}
	if err := compare(work, peers); err != nil {
		return nil, err
	}
	caching := slices.DeleteFunc(slices.Clone(peers), func(p peer) bool { return !p.caches })
	figures, err := measure(work, caching, 1, o.first, true)
	if err != nil {
		return nil, err
	}
	r.Figures = append(r.Figures, figures...)
	for _, buckets := range o.sizes {
		rounds := o.rounds
		if buckets >= 100 {
			rounds = max(3, rounds/2)
		}
		if figures, err = measure(work, peers, buckets, rounds, false); err != nil {
			return nil, err
		}
		r.Figures = append(r.Figures, figures...)
	}
	return r, nil
}

// measure runs each peer in turn for a number of rounds, and then once more to
// measure its memory.
func measure(work string, peers []peer, buckets, rounds int, first bool) ([]figure, error) {
	figures := make([]figure, len(peers))
	for round := range rounds + 1 {
		for i, p := range peers {
			home := filepath.Join(work, "home-"+p.name)
			if first {
				home = filepath.Join(work, "empty")
				if err := os.RemoveAll(home); err != nil {
					return nil, err
				}
			}
			took, peak, err := runPeer(work, home, p, buckets, round == rounds)
			if err != nil {
				return nil, err
			}
			f := &figures[i]
			f.Peer, f.First, f.Buckets = p.name, first, buckets
			if round == rounds {
				f.PeakMB = peak
			} else {
				f.Seconds = append(f.Seconds, took)
			}
			progress("%d buckets, first %v, round %d of %d: %-24s %6.2f s", buckets, first, round+1, rounds+1, p.name, took)
		}
	}
	for i := range figures {
		slices.Sort(figures[i].Seconds)
	}
	return figures, nil
}

// runPeer runs a peer once, with its own home folder for caches. It returns the
// time in seconds and, if asked, the memory in MB.
func runPeer(work, home string, p peer, buckets int, memory bool) (took, peak float64, err error) {
	dir := filepath.Join(work, "project")
	if err := os.RemoveAll(dir); err != nil {
		return 0, 0, err
	}
	if err := writeProject(dir, buckets); err != nil {
		return 0, 0, err
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return 0, 0, err
	}
	args := p.command(dir, buckets)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(environment(), "HOME="+home)
	cmd.Env = append(cmd.Env, p.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	stop := func() float64 { return 0 }
	if memory {
		stop = watch(cmd.Process.Pid, 5*time.Millisecond)
	}
	err = cmd.Wait()
	took = time.Since(start).Seconds()
	peak = stop()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s", p.name, err, stderr.String())
	}
	return took, peak, nil
}

// environment is this process's, without what changes how a peer starts.
func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == "HOME" || name == "XDG_CACHE_HOME" || name == "NODE_OPTIONS" ||
			strings.HasPrefix(name, "JSII_") || strings.HasPrefix(name, "CDKTF_") || strings.HasPrefix(name, "DATALOCK_")
	})
	// jsii's banner about node's age is not what is measured.
	return append(env, "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=18,20,22,24")
}

// compare runs each peer with one bucket and fails if its Terraform JSON differs
// from the first peer's. The first peer's output is the input of the TypeScript
// app. This also fills the caches.
func compare(work string, peers []peer) error {
	var want []byte
	for _, p := range peers {
		for range 2 { // a stock jsii 1.140 needs a second run to be warm
			if _, _, err := runPeer(work, filepath.Join(work, "home-"+p.name), p, 1, false); err != nil {
				return err
			}
		}
		got, err := os.ReadFile(filepath.Join(work, "project", "cdktf.out", "stacks", bucketName, "cdk.tf.json"))
		if err != nil {
			return err
		}
		if want == nil {
			want = got
			if err := os.WriteFile(filepath.Join(work, "template.json"), got, 0o644); err != nil {
				return err
			}
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s writes other Terraform JSON than %s", p.name, peers[0].name)
		}
	}
	return nil
}
