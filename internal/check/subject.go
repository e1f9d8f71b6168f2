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

// A Subject is what the rules judge: the resources of a plan or a stack that
// hold or guard locked data, linked with each other. [Read] returns one.
type Subject struct {
	// Kind is the kind of the file.
	Kind Kind
	// Version is the version of Terraform, OpenTofu or cdktf that wrote it.
	Version string
	// Total is the number of all resources.
	Total int

	resources []*resource            // in the order of the file
	ofType    map[string][]*resource // the same by type
	providers map[string]provider
	variables map[string]any
	callers   map[string]string // the ARNs of those who made the plan, by the provider that read them
	removed   []string          // addresses in a stack's removed blocks
	actions   []action          // those that aren't a known resource's
	unread    []string          // keys of unknown sections

	lockedNames map[string]bool // the names and addresses of the locked buckets

	// outOfScope are resources that are not judged.
	outOfScope map[*resource]bool

	fromNothing bool            // the plan was made from an empty state
	planned     map[string]bool // what a plan makes, keeps or reads in the apply, without instance keys
	lookups     bool            // the apply reads a data source of a bucket
	past        map[*resource]Past
	names       map[string]bool // of all buckets, also those out of scope
}

// A resource is one instance of a resource that holds or guards data.
type resource struct {
	// Which one it is.
	address  string
	previous string // its address before a move
	kind     string // the type, such as aws_s3_bucket
	deposed  bool   // a deposed object, not the current one of its address
	imported bool   // it exists, and the apply imports it
	provider string // as the plan has it, such as registry.terraform.io/hashicorp/aws

	// What the plan does to it. A stack has only after.
	actions tfjson.Actions
	// before is what the rules compare with: what the state recorded or, within
	// [Subject.comparedWithFound], what Terraform found.
	before   object
	recorded object
	found    object // nil if it equals recorded
	after    object
	unknown  any  // after_unknown: true where a value isn't known yet
	gone     bool // Terraform no longer found it
	lost     bool // the state has it, but the plan doesn't mention it

	// What its configuration says.
	declares    map[string]bool // the arguments that are set
	expressions object          // of a plan, read only where needed
	refersTo    []string        // the addresses of buckets and keys that it refers to
	forEach     forEach
	in          *scope
	providerKey string   // into Subject.providers
	provisioned bool     // it has a provisioner
	triggers    []string // the actions that it triggers

	// What only a stack says.
	preventDestroy bool
	repeated       bool // it has count or for_each, so there may be none
	ignored        any  // lifecycle.ignore_changes

	formerAccount string // from before_identity

	// How it is linked with others.
	bucket *resource   // the bucket that it guards, if in the same file
	among  []*resource // the new buckets of which it guards one, if the plan doesn't show which
	former *resource   // the other bucket that it guarded before, if in the same file
	moved  bool        // it guarded another bucket, or another key, before
	key    *resource   // the key whose policy it is, if in the same file
	topic  *resource   // the topic whose policy it is, if in the same file
	// ofNewTopic is set if the plan makes the topic whose policy it is.
	ofNewTopic bool
	// reports is set if it is the target of an alarm about a locked bucket, or the topic
	// of such a target or of a notification of failed copies.
	reports bool
	works   roleWorks     // of a role, or of the role of a policy
	pattern *eventPattern // of a rule of EventBridge, once parsed
	waiters []*resource   // of a notification: the rules that wait for events that it sends
	// decidedBy is what decides whose guard it is, if that isn't certain.
	decidedBy string
	locked    bool            // of a bucket: its data is or was locked
	evidence  bool            // of a bucket: not locked, but its policy denies or denied deletions
	guardedBy map[string]bool // of a bucket or a key: the types of its guards after the apply
}

// A provider is the configuration of a provider, as far as it is known.
type provider struct {
	region     any
	allowed    any
	forbidden  any
	assumeRole any
}

// stays reports whether the resource exists after the apply.
func (r *resource) stays() bool { return r.after != nil }

// creates reports whether the plan creates the resource.
func (r *resource) creates() bool { return r.before == nil && r.after != nil }

// unmanagedTarget reports whether a plan creates a guard for a bucket or key
// that it doesn't manage, so that what the guard replaces isn't known. A guard
// that moves there replaces something too.
func (s *Subject) unmanagedTarget(r *resource) bool {
	if s.Kind != Plan || !r.stays() || r.before != nil && !r.moved {
		return false
	}
	switch r.kind {
	case lockType, policyType, encryptionType:
		return r.bucket == nil && r.among == nil
	case keyPolicyType:
		return r.key == nil || r.key.before != nil && text(r.key.before, "policy") == ""
	}
	return false
}

// destroys reports whether the plan destroys or replaces the resource.
func (r *resource) destroys() bool { return slices.Contains(r.actions, tfjson.ActionDelete) }

// forgotten reports whether the plan has Terraform forget the resource.
func (r *resource) forgotten() bool { return slices.Contains(r.actions, tfjson.ActionForget) }

// replaced reports whether the plan destroys the resource and makes a new one.
func (r *resource) replaced() bool { return r.destroys() && r.stays() }

// remains reports whether the resource is there and stays, so that the provider has
// read what its configuration leaves out.
func (r *resource) remains() bool { return r.before != nil && !r.gone && !r.destroys() }

// drifted reports whether Terraform found differences to the state.
func (s *Subject) drifted() bool {
	return slices.ContainsFunc(s.resources, func(r *resource) bool { return r.found != nil })
}

// comparedWithFound runs f while the rules compare with what Terraform found
// instead of what the state recorded.
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

// add adds a resource.
func (s *Subject) add(r *resource) {
	r.recorded = r.before
	if s.ofType == nil {
		s.ofType = map[string][]*resource{}
	}
	s.resources = append(s.resources, r)
	s.ofType[r.kind] = append(s.ofType[r.kind], r)
}

// keep drops the resources for which is returns false.
func (s *Subject) keep(is func(*resource) bool) {
	drop := func(r *resource) bool { return !is(r) }
	s.resources = slices.DeleteFunc(s.resources, drop)
	for kind := range s.ofType {
		s.ofType[kind] = slices.DeleteFunc(s.ofType[kind], drop)
	}
}

// Guards returns the number of resources that are judged.
func (s *Subject) Guards() int { return len(s.resources) }
