package settings

import (
	"strconv"
	"strings"
	"unicode"
)

// Check has settings of datalock check that aren't in the plan. They change
// nothing that is declared.
type Check struct {
	// Scope are patterns of addresses, in which '*' stands for any characters.
	// Only matching resources are judged; if there are no patterns, all are.
	Scope []string
	// PricePerTBMonth is the price in US dollars of storing one TB (1,024 GB)
	// for a month; 0 for [DefaultPricePerTBMonth].
	PricePerTBMonth float64
}

// DefaultPricePerTBMonth is the list price in US dollars of one TB (1,024 GB)
// in S3 Standard for a month, in us-east-1 and for the first 50 TB.
// https://aws.amazon.com/s3/pricing/
const DefaultPricePerTBMonth = 23.55

// Price returns the price of one TB for a month in US dollars, and whether it
// is the default.
func (c Check) Price() (dollars float64, byDefault bool) {
	if c.PricePerTBMonth == 0 {
		return DefaultPricePerTBMonth, true
	}
	return c.PricePerTBMonth, false
}

// Limits that catch typing mistakes: an exabyte, and a price that nobody charges.
const (
	mostTB    = 1_000_000
	mostPrice = 100_000
)

func decodeCheck(r *reader, into *Check) {
	into.Scope = r.list("scope")
	r.number("pricePerTBMonth", "a price in US dollars", mostPrice, &into.PricePerTBMonth)
	r.done()
}

// number reads a number above 0 and at most the given one.
func (r *reader) number(key, what string, most float64, into *float64) {
	n := r.field(key)
	if n == nil {
		return
	}
	path := join(r.path, key)
	if n.kind != numberKind {
		r.ms.wrongType(path, n, numberKind, "write a number without quotes")
		return
	}
	value, err := strconv.ParseFloat(n.text, 64)
	if err != nil || value <= 0 || value > most {
		allowed := "must be " + what + ", above 0 and at most " + strconv.FormatFloat(most, 'f', -1, 64)
		r.ms.add(path, shorten(n.text), allowed, "write a number such as 25, or remove the key")
		return
	}
	*into = value
}

func (c Check) validate(path string) Mistakes {
	var ms Mistakes
	first := map[string]int{}
	for i, pattern := range c.Scope {
		key := element(join(path, "scope"), i)
		switch other, twice := first[pattern]; {
		case pattern == "" || strings.TrimSpace(pattern) != pattern:
			ms.add(key, quote(pattern), "must be an address or a pattern of addresses",
				`write one such as "module.datasets.*", without spaces around it`)
		case strings.ContainsFunc(pattern, func(r rune) bool { return !unicode.IsPrint(r) }):
			ms.add(key, quote(pattern), "has a character that can't be printed", "remove it")
		case twice:
			ms.add(key, quote(pattern), "is the same as "+element(join(path, "scope"), other), "remove one")
		}
		first[pattern] = i
	}
	return ms
}
