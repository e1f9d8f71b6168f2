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
