package check

import "strings"

// segments splits an address at its dots, except those in instance keys:
// module.a["x.y"].b.c[0] gives module, a["x.y"], b and c[0].
// https://developer.hashicorp.com/terraform/cli/state/resource-addressing
func segments(address string) []string {
	var all []string
	start, quoted, escaped := 0, false, false
	for i := range len(address) {
		switch c := address[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			all = append(all, address[start:i])
			start = i + 1
		}
	}
	return append(all, address[start:])
}

// withoutKeys drops the instance keys: module.a["x.y"].b.c[0] becomes
// module.a.b.c.
func withoutKeys(address string) string {
	if !strings.Contains(address, "[") {
		return address
	}
	all := segments(address)
	for i, segment := range all {
		all[i], _, _ = strings.Cut(segment, "[")
	}
	return strings.Join(all, ".")
}

// instancePath returns the module path of an address, with instance keys and a
// trailing dot, or "" for the root module.
func instancePath(address string) string {
	all := segments(address)
	if len(all) <= 2 {
		return ""
	}
	return strings.Join(all[:len(all)-2], ".") + "."
}

// instanceKey returns the instance key at the end of an address, with its
// brackets, or "".
func instanceKey(address string) string {
	all := segments(address)
	_, key, found := strings.Cut(all[len(all)-1], "[")
	if !found {
		return ""
	}
	return "[" + key
}

// typeOf returns the resource type in an address, or "module" for a module's
// address.
func typeOf(address string) string {
	all := segments(address)
	return all[max(0, len(all)-2)]
}
