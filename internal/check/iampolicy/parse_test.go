package iampolicy_test

import (
	"strings"
	"testing"

	"datalock/internal/check/iampolicy"
)

func TestParseRefuses(t *testing.T) {
	half := "[" + strings.Repeat(`"x",`, 199) + `"x"` + "]"
	half = strings.Replace(half, `"x"`, `"y"`, 1)
	many := strings.Repeat(`"x",`, 400) + `"x"`
	for _, c := range []struct{ name, text, want string }{
		{"no JSON", `{`, "unexpected EOF"},
		{"unknown key", `{"Statement":[],"Statment":[]}`, "Statment"},
		{"key twice", `{"Statement":[],"Statement":[]}`, "duplicate"},
		{"effect", `{"Statement":{"Effect":"deny","Principal":"*","Action":"*","Resource":"*"}}`, `"deny" is neither`},
		{
			"no action",
			`{"Statement":{"Sid":"A","Effect":"Deny","Principal":"*","Resource":"*"}}`,
			"statement A: needs either actions",
		},
		{
			"both",
			`{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","NotAction":"*","Resource":"*"}}`,
			"number 1: needs either actions",
		},
		{"no resource", `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}`, "either resources"},
		{"no principal", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, "either principals"},
		{
			"principal a word",
			`{"Statement":{"Effect":"Deny","Principal":"root","Action":"*","Resource":"*"}}`,
			`"root" is neither`,
		},
		{"value an object", `{"Statement":{"Effect":"Deny","Principal":"*","Action":{},"Resource":"*"}}`, "neither a string"},
		{"value null", `{"Statement":{"Effect":"Deny","Principal":"*","Action":[null],"Resource":"*"}}`, "neither a string"},
		{
			"Sid twice",
			`{"Statement":[` + deny("A", `"*"`, `"*"`, "") + `,` + deny("A", `"*"`, `"*"`, "") + `]}`,
			"is there twice",
		},
		{"unknown version", `{"Version":"2099-10-17","Statement":[]}`, "is unknown"},
		{"too long", `{"Id":"` + strings.Repeat("x", 70_000) + `","Statement":[]}`, "longer than AWS takes"},
		{
			"too large together",
			`{"Statement":[` + strings.Repeat(deny("", half, half, "")+",", 2) + deny("", half, half, "") + `]}`,
			"too large",
		},
		{"too large", `{"Statement":` + deny("A", "["+many+"]", "["+many+"]", "") + `}`, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := iampolicy.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestParseBounds takes the largest policies that are compared: one more of
// anything is refused.
func TestParseBounds(t *testing.T) {
	list := func(n int) string { return "[" + strings.Repeat(`"x",`, n-1) + `"x"]` }
	statements := func(n int, one string) string { return "[" + strings.Repeat(one+",", n-1) + one + "]" }
	long := func(n int) string {
		text := `{"Id":"","Statement":[]}`
		return strings.Replace(text, `""`, `"`+strings.Repeat("x", n-len(text))+`"`, 1)
	}
	for _, c := range []struct{ name, most, more string }{
		{"length", long(64 << 10), long(64<<10 + 1)},
		{
			"atoms of a statement",
			`{"Statement":` + deny("", list(250), list(400), "") + `}`,
			`{"Statement":` + deny("", list(251), list(400), "") + `}`,
		},
		{
			"atoms of all",
			`{"Statement":[` + deny("", list(250), list(399), "") + "," + deny("", list(250), `"x"`, "") + `]}`,
			`{"Statement":[` + deny("", list(250), list(399), "") + "," + deny("", list(251), `"x"`, "") + `]}`,
		},
		{
			"steps",
			`{"Statement":` + statements(100, deny("", list(25), list(40), "")) + `}`,
			`{"Statement":` + statements(101, deny("", list(25), list(40), "")) + `}`,
		},
	} {
		if _, err := iampolicy.Parse(c.most); err != nil {
			t.Errorf("%s: the most that is compared: %v", c.name, err)
		}
		if _, err := iampolicy.Parse(c.more); err == nil {
			t.Errorf("%s: one more is taken", c.name)
		}
	}
}

func TestVersion(t *testing.T) {
	d, err := iampolicy.Parse(`{"Statement":[]}`)
	if err != nil || d.Version != "2008-10-17" {
		t.Errorf("a policy without a version has %q, %v", d.Version, err)
	}
}

// TestVariables puts a variable everywhere where one may be.
func TestVariables(t *testing.T) {
	const without = `{"Sid":"A","Effect":"Deny","Principal":{"AWS":"p"},"Action":"a","Resource":"r","Condition":{"StringEquals":{"k":"v"}}}`
	const otherwise = `{"Sid":"A","Effect":"Deny","NotPrincipal":{"AWS":"p"},"NotAction":"a","NotResource":"r"}`
	for text, want := range map[string]bool{
		without: false, otherwise: false,
		strings.Replace(without, `"p"`, `"${p}"`, 1): true, strings.Replace(without, `"a"`, `"${a}"`, 1): true,
		strings.Replace(without, `"r"`, `"${r}"`, 1): true,
		strings.Replace(without, `"k"`, `"${k}"`, 1): true, strings.Replace(without, `"v"`, `["v","${v}"]`, 1): true,
		strings.Replace(otherwise, `"p"`, `"${p}"`, 1): true, strings.Replace(otherwise, `"a"`, `"${a}"`, 1): true,
		strings.Replace(otherwise, `"r"`, `"${r}"`, 1): true,
	} {
		d, err := iampolicy.Parse(`{"Statement":` + text + `}`)
		if err != nil || d.Variables() != want {
			t.Errorf("%s: %v, %v, want %v", text, d.Variables(), err, want)
		}
	}
}

// TestPrincipalsInOrder holds principals to one order, whatever that of the
// text: a message about them must not change from run to run.
func TestPrincipalsInOrder(t *testing.T) {
	for range 20 {
		d, err := iampolicy.Parse(`{"Statement":{"Effect":"Deny","Principal":{"Service":"s","Federated":"f","CanonicalUser":"c","AWS":["b","a"]},"Action":"a","Resource":"r"}}`)
		if err != nil || strings.Join(d.Statements[0].Principal, " ") != "AWS:a AWS:b CanonicalUser:c Federated:f Service:s" {
			t.Fatalf("got %v, %v", d.Statements, err)
		}
	}
}

// FuzzCompare holds that no policy makes it panic, and that a policy guards as
// much as itself.
func FuzzCompare(f *testing.F) {
	for _, c := range comparisons {
		f.Add(`{"Statement":[`+c.before+`]}`, `{"Statement":[`+c.after+`]}`)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		a, err := iampolicy.Parse(before)
		if err != nil {
			return
		}
		if losses := iampolicy.Compare(a, a); len(losses) > 0 {
			t.Errorf("%s guards less than itself: %v", before, losses)
		}
		if b, err := iampolicy.Parse(after); err == nil {
			iampolicy.Compare(a, b)
		}
	})
}
