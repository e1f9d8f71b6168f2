package iampolicy

import (
	"net/netip"
	"slices"
	"testing"
)

// TestSamples has the values that stand for all others.
func TestSamples(t *testing.T) {
	var got []string
	for _, f := range numbersAround([]string{"60", "5", "5", "0", "-3", "x"}) {
		got = append(got, f.value)
	}
	if want := []string{"0", "2.5", "5", "32.5", "60", "61"}; !slices.Equal(got, want) {
		t.Errorf("numbers %q, want %q", got, want)
	}
	got = addresses([]netip.Prefix{netip.MustParsePrefix("10.9.9.9/8"), netip.MustParsePrefix("10.0.0.0/9")})
	if want := []string{"1.0.0.0", "10.0.0.0", "10.128.0.0", "11.0.0.0", "128.0.0.0", "100::"}; !slices.Equal(got, want) {
		t.Errorf("addresses %q, want %q", got, want)
	}
}

func TestChoicesMayMatch(t *testing.T) {
	only, but := func(p ...string) choice { return choice{patterns: p} }, func(p ...string) choice { return choice{p, true} }
	for _, c := range []struct {
		a, b choice
		want bool
	}{
		{but("a"), but("a"), true}, {but("a"), only("a"), false}, {only("a"), but("a"), false}, {but("a"), only("b"), true},
		{only("a", "b"), only("b"), true}, {only("a"), only("b"), false},
		{only(), only(), true}, {only(), only("a"), false}, {only(), but("a"), true},
	} {
		if got := c.a.mayMatch(c.b, includes, meets); got != c.want {
			t.Errorf("%v may match %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
