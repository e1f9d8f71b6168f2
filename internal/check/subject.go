package check

import (
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// Kind says what a [Subject] was read from.
type Kind string

// What can be judged.
const (
	Plan  Kind = "plan"  // terraform show -json, or tofu show -json
	Stack Kind = "stack" // cdk.tf.json, as cdktf synthesises it
)

// A Subject is what the rules look at: the resources of a plan or a stack that
// hold or guard locked data, linked with each other. [Read] makes it.
type Subject struct {
	// Kind is that of the file.
	Kind Kind
	// Version is that of the Terraform or OpenTofu that made the plan, or of
	// the cdktf that made the stack.
	Version string
	// Total is the number of all resources.
	Total int

	resources []*resource            // in the order of the file
	ofType    map[string][]*resource // the same by type
	providers map[string]provider
	variables map[string]any
	caller    string   // the ARN that made the plan, where a data source says
	removed   []string // addresses in a stack's removed blocks
	actions   []string // addresses of actions that may be about any resource
	unread    []string // keys of sections that nobody knows

	fromNothing bool // the state is empty, so that everything is made new
	past        map[*resource]Past
}

// A resource is one instance of a resource that holds or guards data.
type resource struct {
	// Which one it is.
	address  string
	previous string // where it was before a move
	kind     string // the type, such as aws_s3_bucket
	deposed  bool   // an object that was to be replaced, not the current one of its address
	imported bool   // it exists, and comes into the state with the apply
	provider string // as the plan has it, such as registry.terraform.io/hashicorp/aws

	// What the plan does to it. A stack has only after.
	actions tfjson.Actions
	// before is what the rules compare with: what the state recorded or, within
	// [Subject.comparedWithFound], what Terraform found.
	before   object
	recorded object
	found    object // nil where Terraform found what was recorded
	after    object
	unknown  any  // the shape of after, and true where a value isn't known yet
	gone     bool // Terraform looked, and found it no longer there
	lost     bool // the state has it, and the plan doesn't say a word

	// What its configuration says.
	declares    map[string]bool // the arguments that are written out
	expressions object          // those of a plan, where something depends on them
	refersTo    []string        // the addresses of buckets and keys that it names
	providerKey string          // into Subject.providers
	provisioned bool            // it has a provisioner
	triggers    []string        // the actions that it triggers

	// What only a stack says.
	preventDestroy bool
	repeated       bool // by count or for_each, maybe no times
	ignored        any  // lifecycle.ignore_changes

	formerAccount string // as the resource's identity has it

	// How it is linked with others.
	bucket    *resource       // the bucket that it guards, where that is here too
	key       *resource       // the key that it is the policy of, likewise
	locked    bool            // of a bucket: its data is locked, or was
	evidence  bool            // of a bucket: not locked, but its policy denies deletions, or did
	guardedBy map[string]bool // of a bucket or a key: the types of guards that it has after the apply
}

// A provider is the configuration of one, as far as it is written out.
type provider struct {
	region     any
	allowed    any
	forbidden  any
	assumeRole any
}

// stays reports whether there is such a resource after the apply.
func (r *resource) stays() bool { return r.after != nil }

// creates reports whether the plan makes it, where there was none.
func (r *resource) creates() bool { return r.before == nil && r.after != nil }

// unmanagedTarget reports whether a plan makes a guard of something that it doesn't
// have: nobody can tell what the guard takes the place of.
func (s *Subject) unmanagedTarget(r *resource) bool {
	if s.Kind != Plan || !r.creates() {
		return false
	}
	switch r.kind {
	case lockType, policyType, encryptionType:
		return r.bucket == nil
	case keyPolicyType:
		return r.key == nil || r.key.before != nil && text(r.key.before, "policy") == ""
	}
	return false
}

// destroys reports whether the plan destroys it, if only to replace it.
func (r *resource) destroys() bool { return slices.Contains(r.actions, tfjson.ActionDelete) }

// drifted reports whether Terraform found something else than the state had.
func (s *Subject) drifted() bool {
	return slices.ContainsFunc(s.resources, func(r *resource) bool { return r.found != nil })
}

// comparedWithFound runs f while the rules compare with what Terraform found,
// instead of with what the state recorded.
func (s *Subject) comparedWithFound(f func()) {
	for _, r := range s.resources {
		if r.found != nil {
			r.before = r.found
		}
	}
	f()
	for _, r := range s.resources {
		r.before = r.recorded
	}
}

// add takes a resource into the subject.
func (s *Subject) add(r *resource) {
	r.recorded = r.before
	if s.ofType == nil {
		s.ofType = map[string][]*resource{}
	}
	s.resources = append(s.resources, r)
	s.ofType[r.kind] = append(s.ofType[r.kind], r)
}

// keep drops the resources for which it isn't so.
func (s *Subject) keep(is func(*resource) bool) {
	drop := func(r *resource) bool { return !is(r) }
	s.resources = slices.DeleteFunc(s.resources, drop)
	for kind := range s.ofType {
		s.ofType[kind] = slices.DeleteFunc(s.ofType[kind], drop)
	}
}

// Guards returns how many resources are looked at.
func (s *Subject) Guards() int { return len(s.resources) }
