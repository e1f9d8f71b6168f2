package settings

import (
	"regexp"
	"strconv"
	"strings"
)

// DefaultAWSProviderVersion allows every 5.x release from the one that cdktf's
// bindings were generated for.
const DefaultAWSProviderVersion = "~> 5.99"

// The oldest release whose arguments the stacks use.
const oldestProviderMajor, oldestProviderMinor = 5, 99

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

// validateProviderVersion refuses invalid version constraints and those that
// allow a release before 5.99. It doesn't check that the allowed releases exist
// or that the parts are consistent: terraform init does.
func (s Settings) validateProviderVersion() Mistakes {
	if s.AWSProviderVersion == "" {
		return nil
	}
	const path, fix = "awsProviderVersion", `write one such as "~> 5.99", "~> 6.0" or ">= 5.99, < 7.0"`
	newEnough := false
	for _, part := range strings.Split(s.AWSProviderVersion, ",") {
		match := constraint.FindStringSubmatch(strings.TrimSpace(part))
		if match == nil || match[1] == "~>" && match[3] == "" {
			return mistake(path, quote(s.AWSProviderVersion),
				"must be a version constraint of Terraform, with the operators = != > >= < <= ~> "+
					"and a comma between two parts", fix)
		}
		major, _ := strconv.Atoi(match[2])
		minor, _ := strconv.Atoi(match[3])
		lower := match[1] == "" || match[1] == "=" || match[1] == ">=" || match[1] == ">" || match[1] == "~>"
		recent := major > oldestProviderMajor || major == oldestProviderMajor && minor >= oldestProviderMinor
		newEnough = newEnough || lower && recent
	}
	if newEnough {
		return nil
	}
	return mistake(path, quote(s.AWSProviderVersion), "must not allow releases before 5.99, whose resources differ", fix)
}

// AllowsProvider6 reports whether a valid version constraint allows a release of
// the AWS provider from 6.0 on.
func AllowsProvider6(constraints string) bool {
	const major = 6
	for _, part := range strings.Split(constraints, ",") {
		match := constraint.FindStringSubmatch(strings.TrimSpace(part))
		if match == nil {
			return false
		}
		most, _ := strconv.Atoi(match[2])
		below6 := match[1] == "<" && most == major && strings.Trim(match[3]+match[4], "0") == ""
		bounded := match[1] != ">=" && match[1] != ">" && match[1] != "!="
		if bounded && (most < major || below6) {
			return false
		}
	}
	return true
}
