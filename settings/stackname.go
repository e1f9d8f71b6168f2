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

// inherited are the names that every object in JavaScript has already: cdktf
// takes a stack of that name for a second one.
var inherited = []string{"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"}

func stackRule(stack string) string {
	switch {
	case slices.Contains(inherited, stack):
		return "cdktf's JavaScript has something of this name already"
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
	first := map[string]string{}
	for _, stack := range stacks {
		path := join("buckets", stack)
		if rule := stackRule(stack); rule != "" {
			ms.add(path, "", rule, "rename the stack")
			continue
		}
		folded := strings.ToLower(stack) // stack names are ASCII
		if other, twice := first[folded]; twice {
			ms.add(path, "", "differs from "+quote(other)+" only in upper and lower case, and some systems would give both one folder", "rename one of the two stacks")
		}
		if _, twice := first[folded]; !twice {
			first[folded] = stack
		}
	}
}
