package settings

import "regexp"

// DefaultAWSProviderVersion allows every 5.x release from the one that cdktf's
// bindings were generated for.
const DefaultAWSProviderVersion = "~> 5.99"

// oldestProvider is the oldest release whose arguments the stacks use.
var oldestProvider = release{5, 99}

// The releases from neverEmpty on, before emptyAgain, don't accept the encryption that
// S3 reports, so that no plan is empty.
// https://github.com/hashicorp/terraform-provider-aws/issues/47320
var neverEmpty, emptyAgain = release{6, 22}, release{6, 40}

// ProviderVersion returns the version constraint of the AWS provider.
func (s Settings) ProviderVersion() string {
	if s.AWSProviderVersion == "" {
		return DefaultAWSProviderVersion
	}
	return s.AWSProviderVersion
}

// constraint is one of the comma-separated parts of a version constraint.
// https://developer.hashicorp.com/terraform/language/expressions/version-constraints
var constraint = regexp.MustCompile(`^(=|!=|>=|>|<=|<|~>)? *` + number + `(?:\.` + number + `)?(?:\.` + number + `)?$`)

const number = `(0|[1-9][0-9]{0,5})`

// validateProviderVersion refuses invalid version constraints, those that no
// release can meet, and those that allow a release before 5.99. It doesn't check
// that the allowed releases exist: terraform init does.
func (s Settings) validateProviderVersion() Mistakes {
	if s.AWSProviderVersion == "" {
		return nil
	}
	const path, fix = "awsProviderVersion", `write one such as "~> 5.99", "~> 6.0" or ">= 5.99, < 7.0"`
	allowed, valid := releasesOf(s.AWSProviderVersion)
	switch {
	case !valid:
		return mistake(path, quote(s.AWSProviderVersion),
			"must be a version constraint of Terraform, with the operators = != > >= < <= ~> and a comma between two parts", fix)
	case allowed.empty():
		return mistake(path, quote(s.AWSProviderVersion), "no release can meet all parts", fix)
	case allowed.least.compare(oldestProvider) < 0:
		return mistake(path, quote(s.AWSProviderVersion), "must not allow releases before 5.99, whose resources differ", fix)
	case allowed.bounded && allowed.least.compare(neverEmpty) >= 0 && allowed.below.compare(emptyAgain) <= 0:
		return mistake(
			path,
			quote(s.AWSProviderVersion),
			"allows only releases from 6.22 to 6.39, which plan a change of the "+
				"encryption every time (https://github.com/hashicorp/terraform-provider-aws/issues/47320)",
			`write one that allows 6.40 or later, such as "~> 6.40"`,
		)
	}
	return nil
}

// AllowsProvider6 reports whether a valid version constraint allows a release of
// the AWS provider from 6.0 on.
func AllowsProvider6(constraints string) bool {
	allowed, valid := releasesOf(constraints)
	allowed.from(release{6})
	return valid && !allowed.empty()
}
