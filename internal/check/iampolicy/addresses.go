package iampolicy

import (
	"net/netip"
	"slices"
	"strings"
)

// unroutable are the addresses from which no request comes. Private ones aren't
// among them: which address AWS sees of a request within its network isn't known
// for certain.
// https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
var unroutable = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("::/8"), netip.MustParsePrefix("ff00::/8"),
}

// network reads a value of IpAddress, which may be a single address.
func network(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix, err == nil
}

// inNetwork reports whether an address is in a network.
func inNetwork(address, wanted string) answer {
	is, err := netip.ParseAddr(address)
	prefix, ok := network(wanted)
	if err != nil || !ok {
		return unknown
	}
	return sure(prefix.Contains(is))
}

// addresses returns an address for each range in which all addresses are in the
// same of some networks. No condition on these networks tells two of a range
// apart.
func addresses(networks []netip.Prefix) []string {
	starts := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, one := range slices.Concat(networks, unroutable) {
		starts = append(starts, one.Masked().Addr())
		if after := last(one).Next(); after.IsValid() {
			starts = append(starts, after)
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	var all []string
	for _, start := range slices.Compact(starts) {
		inside := func(p netip.Prefix) bool { return p.Contains(start) }
		if !slices.ContainsFunc(unroutable, inside) {
			all = append(all, start.String())
		}
	}
	return all
}

// last returns the last address of a network.
func last(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < p.Addr().BitLen(); bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	address, _ := netip.AddrFromSlice(bytes)
	return address
}
