package check_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"datalock/internal/check"
)

// A pair is a change of a real plan that must stop, with all that is found in
// it, and a change close to it that must pass.
type pair struct {
	name, plan    string
	stops, passes func(p planJSON)
	found         []string
}

const (
	theBucketAt     = "aws_s3_bucket.bucket"
	thePolicyAt     = "aws_s3_bucket_policy.policy"
	theEncryptionAt = "aws_s3_bucket_server_side_encryption_configuration.encryption"
	theLifecycleAt  = "aws_s3_bucket_lifecycle_configuration.lifecycle"
)

// all makes several changes of a plan.
func all(changes ...func(planJSON)) func(planJSON) {
	return func(p planJSON) {
		for _, change := range changes {
			change(p)
		}
	}
}

// unknown sets what isn't known of a resource until the apply.
func unknown(address string, tree any) func(planJSON) {
	return func(p planJSON) { p.changeOf(address)["after_unknown"] = tree }
}

// written sets an argument in the configuration of a resource.
func written(address, argument string, expression any) func(planJSON) {
	return func(p planJSON) { p.configured(address)[argument] = expression }
}

// from is an expression that refers to something.
func from(references ...any) map[string]any { return map[string]any{"references": references} }

// constant is an expression that is written out.
func constant(value any) map[string]any { return map[string]any{"constant_value": value} }

// copied adds a resource like another one, under another address.
func copied(address, as string) func(planJSON) {
	return func(p planJSON) {
		list := func(path string) {
			items := stackJSON(p).get(path).([]any)
			for _, item := range items {
				if item := item.(map[string]any); item["address"] == address {
					second := clone(item)
					second["address"] = as
					stackJSON(p).set(path, append(items, map[string]any(second)))
				}
			}
		}
		list("resource_changes")
		list("configuration.root_module.resources")
	}
}

// unlisted drops a resource that the plan keeps as it is or makes.
func unlisted(address string) func(planJSON) {
	return func(p planJSON) {
		for _, path := range []string{
			"resource_changes", "configuration.root_module.resources",
			"planned_values.root_module.resources", "prior_state.values.root_module.resources",
		} {
			if items, is := stackJSON(p).get(path).([]any); is {
				stackJSON(p).set(path, slices.DeleteFunc(items,
					func(item any) bool { return item.(map[string]any)["address"] == address }))
			}
		}
	}
}

// judged returns what is found in a changed plan.
func judged(t *testing.T, plan string, change func(planJSON)) []string {
	t.Helper()
	text, err := os.ReadFile(planFile(plan))
	if err != nil {
		t.Fatal(err)
	}
	var p planJSON
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	change(p)
	if text, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	s, err := check.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, x := range s.Judge(check.Rules()) {
		found = append(found, x.Rule+" "+x.Address+": "+x.Message)
	}
	return found
}

func TestPairs(t *testing.T) {
	for _, c := range slices.Concat(unknownPairs, ownPairs, linkPairs, instancePairs, copyPairs, recordPairs, rolePairs,
		ordinaryPairs, gonePairs, movedPairs, rightsPairs, argumentPairs, expressionPairs,
		followPairs, doubledPairs, nullPairs, deployerPairs) {
		t.Run(c.name, func(t *testing.T) {
			got := judged(t, c.plan, c.stops)
			if !slices.EqualFunc(got, c.found, strings.HasPrefix) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.found, "\n"))
			}
			if got := judged(t, c.plan, c.passes); got != nil {
				t.Errorf("its neighbour must pass, found\n%s", strings.Join(got, "\n"))
			}
		})
	}
}
