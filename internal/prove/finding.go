package prove

import "fmt"

// A finding is a judge's verdict on the data after an attack.
type finding struct {
	status Status
	text   string
}

func held(format string, args ...any) finding { return finding{Held, fmt.Sprintf(format, args...)} }
func breached(format string, args ...any) finding {
	return finding{Breached, fmt.Sprintf(format, args...)}
}
func unsure(format string, args ...any) finding {
	return finding{Inconclusive, fmt.Sprintf(format, args...)}
}
