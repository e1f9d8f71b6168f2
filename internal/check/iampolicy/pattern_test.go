package iampolicy

import "testing"

func TestIncludes(t *testing.T) {
	for _, c := range []struct {
		wide, narrow string
		want         bool
	}{
		{"*", "", true}, {"*", "*", true}, {"*", "a*b?c", true}, {"**", "a", true}, {"", "", true}, {"", "a", false},
		{"a", "a", true}, {"a", "b", false}, {"a", "a*", false}, {"a*", "a", true}, {"a*", "a*", true}, {"a*", "ab*", true},
		{"ab*", "a*", false},
		{"*b", "ab", true}, {"*b", "a*b", true}, {"*b", "b*", false}, {"a*c", "abc", true}, {"a*c", "a*b*c", true},
		{"a*c", "abcd", false},
		{"?", "a", true}, {"?", "?", true}, {"?", "*", false}, {"?", "", false}, {"a?c", "abc", true}, {"a?c", "a?c", true},
		{"abc", "a?c", false},
		{"s3:*", "s3:Get*", true}, {"s3:Get*", "s3:*", false}, {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false},
		{"a*a", "a", false}, {"a/${v}/*", "a/${v}/*", true}, {"a/${v}/*", "a/x/*", false}, {"a/${*}/*", "a/${v}/*", false},
		{"a/*", "a/${v}", true}, {"a/????", "a/${v}", false}, {"a/$*", "a/${v}", false}, {"*", "${v", true}, {"x*", "${v", false},
	} {
		if got := includes(c.wide, c.narrow); got != c.want {
			t.Errorf("%q includes %q: %v, want %v", c.wide, c.narrow, got, c.want)
		}
	}
}

// TestMeets holds that two patterns with a common text are never told apart.
func TestMeets(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"a*", "ab", true}, {"a*", "b", false}, {"a*", "*b", true}, {"a*", "b*", false},
		{"*a", "*b", false}, {"s3:Get*", "s3:*Object", true}, {"s3:Get*", "s3:Put*", false}, {"a?", "ab", true},
		{"a?", "?b", true}, {"a/${v}/b", "a/x/b", true}, {"a/${v}", "b/x", false}, {"${v}a", "b", false},
	} {
		if meets(c.a, c.b) != c.want || meets(c.b, c.a) != c.want {
			t.Errorf("%q meets %q: %v and %v, want %v", c.a, c.b, meets(c.a, c.b), meets(c.b, c.a), c.want)
		}
	}
}

func TestIncludesARN(t *testing.T) {
	const role = "arn:aws:iam::012345678901:role/a"
	for _, c := range []struct {
		wide string
		want bool
	}{
		{role, true}, {"arn:aws:iam::012345678901:role/*", true}, {"arn:*:iam::*:role/a", true}, {"arn:aws:iam::*", false},
		{"*", false}, {"arn:aws:iam::012345678901:role/${v}", false},
		{"arn:aws:iam::012345678901:user/*", false},
	} {
		if got := includesARN(c.wide, role); got != c.want {
			t.Errorf("%q includes %q: %v, want %v", c.wide, role, got, c.want)
		}
	}
}
