package iampolicy

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"datalock/internal/policy"
)

// A way is the values of some condition keys, with which a request can be made.
type way map[string]fact

// A use is a condition on a key.
type use struct {
	operator string
	wanted   policy.Values
}

// uses are the conditions of some statements, by their keys in lower case.
type uses map[string][]use

func usesIn(statements []Statement) uses {
	all := uses{}
	for _, s := range statements {
		for operator, keys := range s.Condition {
			for key, wanted := range keys {
				key = lowerASCII(key)
				all[key] = append(all[key], use{operator, wanted})
			}
		}
	}
	return all
}

// values returns the values that the conditions on some keys have.
func (u uses) values(keys ...string) []string {
	var all []string
	for _, key := range keys {
		for _, one := range u[key] {
			all = append(all, one.wanted...)
		}
	}
	return all
}

// has reports whether a key is used with an operator that has something in its
// name.
func (u uses) has(key, operator string) bool {
	return slices.ContainsFunc(u[key], func(one use) bool { return strings.Contains(one.operator, operator) })
}

// ways returns groups of ways: a request is made in one way of each group. Keys
// whose values depend on each other are in the same group.
func (r Request) ways(u uses, without Exempt) [][]way {
	groups := [][]way{r.transports(u, without), r.networks(u, without)}
	for key := range u {
		if !ofTransport(key) && !ofNetwork(key) && !ofTime(key) {
			groups = append(groups, waysOf(key, r.facts(key, u)))
		}
	}
	return slices.DeleteFunc(groups, func(group []way) bool { return group == nil })
}

func waysOf(key string, facts []fact) []way {
	var all []way
	for _, f := range facts {
		all = append(all, way{key: f})
	}
	return all
}

// facts returns the values of a key that conditions on it can tell apart.
func (r Request) facts(key string, u uses) []fact {
	is := r.key(key)
	switch {
	case is.presence == absent:
		return []fact{{absent: true}}
	case is.value != "":
		return []fact{{value: is.value}}
	}
	var all []fact
	if is.presence == perhaps {
		all = append(all, fact{absent: true})
	}
	switch {
	case u.has(key, "Bool"):
		return append(all, fact{value: "true"}, fact{value: "false"})
	case u.has(key, "Numeric"):
		return append(all, numbersAround(u.values(key))...)
	}
	for _, value := range u.values(key) {
		if possible(key, value) {
			all = append(all, fact{value: value, free: true})
		}
	}
	return append(all, fact{other: true, free: true})
}

// numbersAround returns some numbers, and one between each two. No condition key
// has negative ones.
func numbersAround(texts []string) []fact {
	at := []float64{0}
	for _, text := range texts {
		if n, is := numberIn(text); is && n > 0 {
			at = append(at, n)
		}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	var all []fact
	for i, n := range at {
		after := n + 1
		if i+1 < len(at) {
			after = (n + at[i+1]) / 2
		}
		for _, number := range []float64{n, after} {
			all = append(all, fact{value: strconv.FormatFloat(number, 'f', -1, 64), free: true, around: true})
		}
	}
	return all
}

// transports returns whether TLS is used, and its version: AWS takes no older ones
// than 1.2. KMS takes no requests without TLS.
// https://aws.amazon.com/blogs/security/tls-1-2-required-for-aws-endpoints/
func (r Request) transports(u uses, without Exempt) []way {
	if u[secureTransport] == nil && u[tlsVersion] == nil {
		return nil
	}
	var all []way
	if !without.PlainHTTP && !strings.HasPrefix(lowerASCII(r.Action), "kms:") {
		all = append(all, way{secureTransport: {value: "false"}, tlsVersion: {absent: true}})
	}
	for _, version := range []string{"1.2", "1.3"} {
		all = append(all, way{secureTransport: {value: "true"}, tlsVersion: {value: version, around: true}})
	}
	return all
}

func ofTransport(key string) bool { return key == secureTransport || key == tlsVersion }

// endpointKeys are the keys of requests through a VPC endpoint. The first two and
// the address are always there.
var endpointKeys = []string{
	"aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
}

// networks returns where a request can come from: through a VPC endpoint, or from
// any other address, which aws:SourceIp has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties
func (r Request) networks(u uses, without Exempt) []way {
	if u[sourceIP] == nil && !u.ofEndpoints() {
		return nil
	}
	var all []way
	outside := way{vpcSourceIP: {absent: true}}
	for _, key := range endpointKeys {
		outside[key] = fact{absent: true}
	}
	for _, address := range u.addresses(sourceIP) {
		all = append(all, outside.with(sourceIP, address))
	}
	if without.Endpoints {
		return all
	}
	through := []way{{sourceIP: {absent: true}}}
	if u[vpcSourceIP] != nil {
		through = crossed(through, vpcSourceIP, u.addresses(vpcSourceIP))
	}
	for i, key := range endpointKeys {
		if u[key] == nil {
			continue
		}
		values := r.facts(key, u)
		if i < 2 {
			values = values[1:] // the first is that it's absent
		}
		through = crossed(through, key, values)
	}
	return append(all, through...)
}

// endpointWays returns how many ways through an endpoint [Request.networks] would
// make, or a number above [mostCombinations] if there are more.
func (r Request) endpointWays(u uses) int {
	n := 1
	if u[vpcSourceIP] != nil {
		n = len(u.addresses(vpcSourceIP))
	}
	for _, key := range endpointKeys {
		if u[key] != nil && n <= mostCombinations {
			n *= len(r.facts(key, u))
		}
	}
	return n
}

func ofNetwork(key string) bool {
	return key == sourceIP || key == vpcSourceIP || slices.Contains(endpointKeys, key)
}

// ofEndpoints reports whether a condition tells requests through one VPC endpoint
// from those through another.
func (u uses) ofEndpoints() bool {
	for key := range u {
		if key != sourceIP && ofNetwork(key) {
			return true
		}
	}
	return false
}

func (u uses) addresses(key string) []fact {
	var networks []netip.Prefix
	for _, value := range u.values(key) {
		if one, is := network(value); is {
			networks = append(networks, one)
		}
	}
	var all []fact
	for _, address := range addresses(networks) {
		all = append(all, fact{value: address, around: true})
	}
	return all
}

func (w way) with(key string, f fact) way {
	more := maps.Clone(w)
	more[key] = f
	return more
}

// crossed returns every way with every value of another key.
func crossed(ways []way, key string, facts []fact) []way {
	var all []way
	for _, w := range ways {
		for _, f := range facts {
			all = append(all, w.with(key, f))
		}
	}
	return all
}
