package main

import (
	"fmt"
	"strings"
)

// reference is what a row is compared with: publish's peers with publish, and
// verify with the bare loop.
var reference = map[string]string{
	s5cmdName: datalockName, rcloneName: datalockName, putName: datalockName, hashName: datalockName,
	verifyName: headName, verifyReadName: getName,
}

// table returns the rows as Markdown.
func (r *datasetRun) table() string {
	var out strings.Builder
	m := r.Machine
	fmt.Fprintf(&out, "%s/%s, %s, %d cores, %s, %s\n\n", m.OS, m.Arch, m.CPU, m.Cores, m.Go, m.Date)
	out.WriteString("| files | server | what | median | fastest to slowest | files/s | MB/s | compared | peak memory |\n")
	out.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, o := range r.Rows {
		memory := ""
		if o.PeakMB > 0 {
			memory = fmt.Sprintf("%.0f MB", o.PeakMB)
		}
		median := o.median()
		fmt.Fprintf(&out, "| %s | %s | %s | %.2f s | %.2f to %.2f s | %.0f | %.0f | %s | %s |\n",
			o.Situation, o.Server, o.What,
			median, o.Seconds[0], o.Seconds[len(o.Seconds)-1], float64(o.Files)/median, float64(o.Bytes)/1e6/median,
			r.compared(o), memory)
	}
	return out.String()
}

// compared says how a row stands to what it is compared with.
func (r *datasetRun) compared(o *row) string {
	other := r.find(o.Situation, o.Server, reference[o.What])
	switch {
	case other == nil:
		return ""
	case other.What == datalockName:
		return fmt.Sprintf("publish is %.2f times as fast", o.median()/other.median())
	}
	return fmt.Sprintf("%.0f %% of its rate", 100*other.median()/o.median())
}

func (r *datasetRun) find(situation, server, what string) *row {
	for _, o := range r.Rows {
		if o.Situation == situation && o.Server == server && o.What == what {
			return o
		}
	}
	return nil
}

// picture draws the copies: a group for each folder and server.
func (r *datasetRun) picture() picture {
	p := picture{
		title: "Time to copy a folder into a bucket",
		foot: fmt.Sprintf("Median seconds and peak memory. %s, %d cores, %s.",
			r.Machine.CPU, r.Machine.Cores, r.Machine.Date),
	}
	for _, o := range r.Rows {
		colour, drawn := map[string]string{datalockName: "#0b7a4b", s5cmdName: "#3178c6", rcloneName: "#b9bec7"}[o.What]
		if !drawn || r.find(o.Situation, o.Server, s5cmdName) == nil {
			continue
		}
		p.add(o.Situation+", to the "+o.Server, bar{
			label: o.What, value: o.median(), colour: colour,
			note: fmt.Sprintf("%.2f s, %.0f MB", o.median(), o.PeakMB),
		})
	}
	return p
}
