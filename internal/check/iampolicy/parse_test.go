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
		{"no action", `{"Statement":{"Sid":"A","Effect":"Deny","Principal":"*","Resource":"*"}}`, "statement A: needs either actions"},
		{"both", `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","NotAction":"*","Resource":"*"}}`, "number 1: needs either actions"},
		{"no resource", `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}`, "either resources"},
		{"no principal", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, "either principals"},
		{"principal a word", `{"Statement":{"Effect":"Deny","Principal":"root","Action":"*","Resource":"*"}}`, `"root" is neither`},
		{"value an object", `{"Statement":{"Effect":"Deny","Principal":"*","Action":{},"Resource":"*"}}`, "neither a string"},
		{"value null", `{"Statement":{"Effect":"Deny","Principal":"*","Action":[null],"Resource":"*"}}`, "neither a string"},
		{"Sid twice", `{"Statement":[` + deny("A", `"*"`, `"*"`, "") + `,` + deny("A", `"*"`, `"*"`, "") + `]}`, "stands there twice"},
		{"unknown version", `{"Version":"2099-10-17","Statement":[]}`, "is unknown"},
		{"too long", `{"Id":"` + strings.Repeat("x", 70_000) + `","Statement":[]}`, "longer than AWS takes"},
		{"too large together", `{"Statement":[` + strings.Repeat(deny("", half, half, "")+",", 2) + deny("", half, half, "") + `]}`, "too large"},
		{"too large", `{"Statement":` + deny("A", "["+many+"]", "["+many+"]", "") + `}`, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := iampolicy.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
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
