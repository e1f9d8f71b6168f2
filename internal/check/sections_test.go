package check_test

import (
	"strings"
	"testing"

	"datalock/internal/check"
	"datalock/settings"
)

// A plan's sections, each with what a reader of plans can take for something
// else.
const (
	oldBucket  = `{"object_lock_enabled":true,"bucket":"acme-training-data"}`
	ofProvider = `"provider_name":"registry.terraform.io/hashicorp/aws"`
	theBucket1 = `"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket",` + ofProvider
	readBucket = `"address":"data.aws_s3_bucket.b","mode":"data","type":"aws_s3_bucket",` + ofProvider
	theQueue   = `"address":"aws_sqs_queue.q","mode":"managed","type":"aws_sqs_queue"`

	deleted      = `,"change":{"actions":["delete"],"before":` + oldBucket + `}`
	deletedQueue = `{` + theQueue + `,"change":{"actions":["delete"],"before":{}}}`
	kept         = `,"change":{"actions":["update"],"before":` + oldBucket + `,"after":` + oldBucket + `}`
	unchanged    = `{"address":"a.b","mode":"managed","type":"a","change":{"actions":["no-op"],"before":{},"after":{}}}`
)

func prior(resources string) string {
	return `,"prior_state":{"values":{"root_module":{"resources":[` + resources + `]}}}`
}

// TestSections has what the sections of a plan hold together: how many resources
// are counted and guarded, and what is found, rule by rule.
func TestSections(t *testing.T) {
	for _, c := range []struct {
		name, rest        string
		resources, guards int
		found             string
	}{
		{"nothing", "", 0, 0, ""},
		{"a data source", `,"resource_changes":[{` + readBucket + deleted + `}]`, 0, 0, ""},
		{"drift of a data source", `,"resource_drift":[{` + readBucket + deleted + `}]`, 0, 0, ""},
		{"drift of a queue", `,"resource_drift":[` + deletedQueue + `]`, 0, 0, ""},
		{"drift of a bucket that is gone", `,"resource_drift":[{` + theBucket1 + deleted + `}]`, 1, 1, "bucket-gone"},
		{
			"drift of a bucket that the state still has, told once",
			`,"resource_drift":[{` + theBucket1 + kept + `}],"resource_changes":[` + unchanged + `]` +
				prior(`{`+theBucket1+`,"values":`+oldBucket+`}`),
			2, 1, "forgotten",
		},
		{"data of something else", `,"data":{},"errors":[]`, 0, 0, ""},
	} {
		gate := check.NewGate(check.Rules(), check.Options{})
		gate.Judge("plan.json", strings.NewReader(planWith(c.rest)))
		f, found := gate.Report().Files[0], ""
		for _, x := range f.Findings {
			found += x.Rule
		}
		if f.Error != "" || f.Resources != c.resources || f.Guards != c.guards || found != c.found {
			t.Errorf("%s: error %q, %d resources, %d guards, found %v",
				c.name, f.Error, f.Resources, f.Guards, f.Findings)
		}
	}
	if _, err := check.Decode([]byte(`{"terraform":{},"data":{"aws_s3_bucket":{"b":{}}}}`)); err != nil {
		t.Errorf("a stack of data sources: %v", err)
	}
}

// TestFromNothing: a plan is taken as a first one only if neither the state, nor
// drift, nor a change has a resource that there was.
func TestFromNothing(t *testing.T) {
	past := map[string]check.Past{"training-data": {Signs: []string{"the stack was initialized before"}}}
	const queue = `{` + theQueue + `,"values":{}}`
	const source = `"address":"data.aws_region.r","mode":"data","type":"aws_region"`
	for _, c := range []struct {
		name, prior, drift, change string
		first                      bool
	}{
		{"no state", "", "", "", true},
		{"a state without values", `{}`, "", "", true},
		{"a state without resources", `{"values":{"root_module":{}}}`, "", "", true},
		{"a state of data", `{"values":{"root_module":{"resources":[{` + source + `,"values":{}}]}}}`, "", "", true},
		{"a state", `{"values":{"root_module":{"resources":[` + queue + `]}}}`, "", "", false},
		{
			"a state in a module",
			`{"values":{"root_module":{"child_modules":[{"resources":[` + queue + `]}]}}}`,
			"", "", false,
		},
		{"drift", "", deletedQueue, "", false},
		{"a data source that was read", "", "", `{` + source + `,"change":{"actions":["read"],"before":{},"after":{}}}`, true},
	} {
		rest := `,"resource_changes":[{` + theBucket1 + `,"change":{"actions":["create"],"after":` + oldBucket + `}}`
		if c.change != "" {
			rest += "," + c.change
		}
		rest += "]"
		if c.prior != "" {
			rest += `,"prior_state":` + c.prior
		}
		if c.drift != "" {
			rest += `,"resource_drift":[` + c.drift + `]`
		}
		o := check.Options{Settings: expecting(0, settings.Check{}), Past: past, Now: may2027}
		gate := check.NewGate(check.Rules(), o)
		gate.Judge("plan.json", strings.NewReader(planWith(rest)))
		if f := gate.Report().Files[0]; f.Error != "" || (len(f.Warnings) == 1) != c.first {
			t.Errorf("%s: error %q, warnings %q", c.name, f.Error, f.Warnings)
		}
	}
}
