package main

import (
	"fmt"
	"os/exec"
	"strings"
	"text/tabwriter"
)

// table returns the figures as text, one situation after the other.
func (r *results) table() string {
	var out strings.Builder
	m := r.Machine
	fmt.Fprintf(&out, "%s/%s, %s, %d cores, %s, node %s, %s\n", m.OS, m.Arch, m.CPU, m.Cores, m.Go, m.Node, m.Date)
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "situation\tpeer\tmedian\tfastest\tslowest\tas fast as cdktf's versions\tpeak memory\t")
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t%s\t%.2f s\t%.2f s\t%.2f s\t%s\t%.0f MB\t\n", f.situation(), f.Peer,
			f.median(), f.Seconds[0], f.Seconds[len(f.Seconds)-1], r.ratio(f), f.PeakMB)
	}
	_ = w.Flush()
	return out.String()
}

func (f figure) situation() string {
	switch {
	case f.First:
		return "first run"
	case f.Buckets == 1:
		return "1 bucket"
	}
	return fmt.Sprintf("%d buckets", f.Buckets)
}

// ratio returns how many times as fast as cdktf's own versions a peer is in the
// same situation.
func (r *results) ratio(f figure) string {
	for _, other := range r.Figures {
		if other.Peer == pinsName && other.situation() == f.situation() {
			return fmt.Sprintf("%.1f", other.median()/f.median())
		}
	}
	return "–"
}

func nodeVersion() string {
	out, err := exec.Command("node", "--version").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

var colours = map[string]string{
	slimName: "#0b7a4b", stockName: "#8fb8a3", pinsName: "#b9bec7", typescriptName: "#3178c6",
}

// picture draws the medians, a group for each situation.
func (r *results) picture() picture {
	m := r.Machine
	p := picture{
		title: "Time to synthesise, by number of buckets",
		foot:  fmt.Sprintf("Median seconds and peak memory. %s, %d cores, node %s, %s.", m.CPU, m.Cores, m.Node, m.Date),
	}
	for _, f := range r.Figures {
		p.add(f.situation(), bar{
			label: f.Peer, value: f.median(), colour: colours[f.Peer],
			note: fmt.Sprintf("%.2f s, %.0f MB", f.median(), f.PeakMB),
		})
	}
	return p
}
