package settings

import (
	"regexp"
	"slices"
	"strings"
)

// stackShape makes a name usable as a folder on every system, as a stack for
// cdktf, and as a part of a workspace name and of an object key.
var stackShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// deviceNames can't be folders on Windows.
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
var deviceNames = regexp.MustCompile(`^(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

func stackRule(stack string) string {
	switch {
	case !stackShape.MatchString(stack):
		return "a stack's name must be 1 to 63 letters, numbers, '-' and '_', beginning with a letter or a number"
	case deviceNames.MatchString(stack):
		return "a stack's name must be usable as a folder, and Windows reserves this one for a device"
	}
	return ""
}

func (ms *Mistakes) stackNames(stacks []string) {
	if len(stacks) == 0 {
		ms.add("buckets", "", "no bucket is declared", `declare one, such as "buckets": {"ai-dataset": {}}`)
	}
	for i, stack := range stacks {
		path := join("buckets", stack)
		if rule := stackRule(stack); rule != "" {
			ms.add(path, "", rule, "rename the stack")
			continue
		}
		same := func(other string) bool { return strings.EqualFold(stack, other) }
		if first := slices.IndexFunc(stacks, same); first < i {
			ms.add(path, "", "differs from "+quote(stacks[first])+" only in upper and lower case, and some systems would give both one folder", "rename one of the two stacks")
		}
	}
}
