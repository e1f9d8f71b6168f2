package check

import "strings"

// segments takes an address apart at its dots, save those in instance keys:
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

// instancePath returns the module of an address with its keys and a dot at its
// end, or "" for the root module.
func instancePath(address string) string {
	all := segments(address)
	if len(all) <= 2 {
		return ""
	}
	return strings.Join(all[:len(all)-2], ".") + "."
}

// instanceKey returns the key of count or for_each at the end of an address,
// in its brackets, or "".
func instanceKey(address string) string {
	all := segments(address)
	_, key, found := strings.Cut(all[len(all)-1], "[")
	if !found {
		return ""
	}
	return "[" + key
}

// typeOf returns the type of the resource at an address, which is "module" for
// that of a module.
func typeOf(address string) string {
	all := segments(address)
	return all[max(0, len(all)-2)]
}
