package check

import (
	"fmt"
	"slices"
	"strings"

	"datalock/internal/check/iampolicy"
)

// providerOf returns the configuration of a resource's provider.
func (s *Subject) providerOf(r *resource) provider {
	return s.providers[s.providerKeyOf(r.providerKey)]
}

// providerKeyOf returns the key of a provider's configuration. A module that inherits
// its provider may have the root module's key.
func (s *Subject) providerKeyOf(key string) string {
	_, known := s.providers[key]
	if _, own, ofModule := strings.Cut(key, ":"); ofModule && !known {
		return own
	}
	return key
}

func findRegionChanged(s *Subject, found report) {
	for _, b := range s.ofType[bucketType] {
		was := text(b.before, "region")
		is, _ := s.providerOf(b).region.(string)
		says := "its provider now in "
		if b.declares["region"] { // since version 6 of the provider
			is, says = text(b.after, "region"), "its argument region says "
		}
		if was != "" && is != "" && was != is {
			found(b, "the bucket is in "+was+", and "+says+is)
		}
	}
}

func findAccountChanged(s *Subject, found report) {
	for _, r := range s.resources {
		was, p := r.account(), s.providerOf(r)
		if was == "" {
			continue
		}
		allowed := names(p.allowed)
		role, _ := p.assumeRole.(string)
		becomes := iampolicy.AccountOf(role)
		switch {
		case len(allowed) > 0 && !slices.Contains(allowed, was):
			found(r, "it is in account "+was+", and its provider may only use "+strings.Join(allowed, ", "))
		case slices.Contains(names(p.forbidden), was):
			found(r, "it is in account "+was+", which its provider isn't allowed to use")
		case becomes != "" && becomes != was:
			found(r, "it is in account "+was+", and its provider assumes a role in "+becomes)
		}
	}
}

// names returns the strings of a list.
func names(list any) []string {
	items, _ := list.([]any)
	var all []string
	for _, item := range items {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

// account returns the account of a resource, or "": a bucket's ARN has none.
func (r *resource) account() string {
	if r.formerAccount != "" {
		return r.formerAccount
	}
	if owner := text(r.before, "expected_bucket_owner"); owner != "" {
		return owner
	}
	return iampolicy.AccountOf(text(r.before, "arn"))
}

func findOtherProvider(s *Subject, found report) {
	for _, r := range s.resources {
		if !r.lost && !slices.Contains(knownProviders, r.provider) {
			found(r, "it is managed by the provider "+r.provider+", not by hashicorp/aws")
		}
	}
}

// knownProviders are the addresses of the AWS provider in Terraform's and
// OpenTofu's registries.
var knownProviders = []string{"registry.terraform.io/hashicorp/aws", "registry.opentofu.org/hashicorp/aws"}
