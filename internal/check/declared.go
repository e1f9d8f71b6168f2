package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// plansAll returns an error if a plan leaves out guards that the configuration
// declares, as with -target and -exclude. A plan of Terraform 1.8 or later says
// whether it is complete; one of an earlier version or of OpenTofu doesn't, and
// doesn't show lifecycle.enabled either. Guards with count or for_each don't
// count, because there may be none.
// https://opentofu.org/docs/language/meta-arguments/enabled/
func (d planDocument) plansAll() error {
	if d.Complete != nil || d.Planned.Root.empty() { // the second: as with -destroy
		return nil
	}
	planned, instances := make(map[string]bool, len(d.Changes)), map[string][]string{}
	seen := map[string]bool{}
	for _, c := range d.Changes {
		planned[c.Address] = true
		addModules(instances, seen, c.Address)
	}
	var missing []string
	for _, address := range d.Config.Root.single("", instances) {
		if !planned[address] {
			missing = append(missing, Printable(address))
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("the plan leaves out what the configuration declares, as with -target, -exclude or OpenTofu's "+
		"lifecycle.enabled, which can't be judged; plan without -target and -exclude, and use count instead of enabled. "+
		"It leaves out %s", strings.Join(missing, ", "))
}

// addModules adds the instances of modules that an address is in, by their
// addresses without the last key. seen are those that are there already.
func addModules(instances map[string][]string, seen map[string]bool, address string) {
	path, all := "", segments(address)
	for ; len(all) > 2 && all[0] == "module"; all = all[2:] {
		name, _, _ := strings.Cut(all[1], "[")
		call := path + "module." + name
		if path += "module." + all[1] + "."; !seen[path] {
			seen[path] = true
			instances[call] = append(instances[call], path)
		}
	}
}

// single returns the addresses of the guards without count and for_each in a
// module and in those that it calls. Of a module with one of these there are the
// given instances.
func (m *configuredModule) single(path string, instances map[string][]string) []string {
	if m == nil {
		return nil
	}
	var all []string
	for _, r := range m.Resources {
		if isGuard(r.Type) && r.Mode == tfjson.ManagedResourceMode && r.Count == nil && r.ForEach == nil {
			all = append(all, path+r.Address)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Calls)) {
		call, address := m.Calls[name], path+"module."+name
		of := []string{address + "."}
		if call.Count != nil || call.ForEach != nil {
			of = instances[address]
		}
		for _, instance := range of {
			all = append(all, call.Module.single(instance, instances)...)
		}
	}
	return all
}
