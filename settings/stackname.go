package settings

import (
	"regexp"
	"slices"
	"strings"
)

// stackShape is the pattern of names that are valid as a folder on every
// system, as a stack in cdktf, and as part of a workspace name and an object
// key.
var stackShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

const longestStackName = 63

// deviceNames can't be folders on Windows.
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
var deviceNames = regexp.MustCompile(`^(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)

// inherited are the properties that every JavaScript object has. cdktf would
// reject a stack with such a name as a duplicate.
var inherited = []string{
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable",
	"toLocaleString", "toString", "valueOf",
}

// stackRule returns the rule that a stack's name breaks, or "".
func stackRule(stack string) string {
	if rule := lengthRule(stack, 1, longestStackName); rule != "" {
		return "the stack's name " + rule
	}
	switch {
	case slices.Contains(inherited, stack):
		return "cdktf can't use this name: every JavaScript object has a property with it"
	case !stackShape.MatchString(stack):
		return "a stack's name may contain only letters, numbers, '-' and '_', and must start with a letter or a number"
	case deviceNames.MatchString(stack):
		return "a stack's name is used as a folder, and Windows reserves this one for a device"
	}
	return ""
}

func validateStackNames(stacks []string) Mistakes {
	if len(stacks) == 0 {
		return mistake("buckets", "", "no bucket is declared", `add one, such as "buckets": {"ai-dataset": {}}`)
	}
	var ms Mistakes
	first := map[string]string{}
	for _, stack := range stacks {
		path := join("buckets", stack)
		if rule := stackRule(stack); rule != "" {
			ms.add(path, "", rule, "rename the stack")
			continue
		}
		folded := strings.ToLower(stack) // stack names are ASCII
		other, taken := first[folded]
		if !taken {
			first[folded] = stack
			continue
		}
		ms.add(path, "", "differs from "+quote(other)+" only in case, so some file systems would use one folder for both",
			"rename one of the stacks")
	}
	return ms
}
