package rolepolicy

import (
	"fmt"
	"slices"
	"strings"

	"datalock/internal/policy"
)

// A Phase is what the role is for.
type Phase string

const (
	// Plan reads the resources and the state.
	Plan Phase = "plan"
	// Create creates the bucket or changes its lock.
	Create Phase = "create"
	// Change changes everything but the lock.
	Change Phase = "change"
)

// Phases are those of the role that deploys.
var Phases = []Phase{Plan, Create, Change}

// Valid reports whether it is a phase of a role that deploys, or of one that
// works with datasets.
func (p Phase) Valid() bool { return slices.Contains(Phases, p) || slices.Contains(DataPhases, p) }

// Policy returns the policy of a role for one phase of the stack in a
// cdk.tf.json. It returns an error if the stack can't be read, or declares a
// type of resource that isn't in the table of actions.
func Policy(stack []byte, phase Phase) (policy.Document, error) {
	if !phase.Valid() {
		return policy.Document{}, fmt.Errorf("phase %q: must be plan, create, change, publish, verify or renew", phase)
	}
	s, err := readStack(stack)
	if err != nil {
		return policy.Document{}, err
	}
	d := policy.Document{Version: policy.Version}
	allow := func(sid string, actions []string, condition policy.Conditions, resources ...string) {
		if len(actions) > 0 {
			d.Statement = append(d.Statement, policy.Statement{
				Sid: sid, Effect: "Allow", Action: actions, Resource: resources, Condition: condition,
			})
		}
	}
	deny := func(sid string, actions []string, resources ...string) {
		d.Statement = append(d.Statement, policy.Statement{Sid: sid, Effect: "Deny", Action: actions, Resource: resources})
	}
	if slices.Contains(DataPhases, phase) {
		s.data(phase, allow, deny)
		return d, nil
	}
	s.allowResources(phase, allow)
	s.allowState(phase, allow)

	buckets := s.bucketARNs("")
	deny("NeverTouchObjects", undoingObjects, s.bucketARNs("/*")...)
	deny("NeverUndoBucket", undoingBucket, buckets...)
	if phase != Create {
		deny("NeverUndoLock", undoingLock, buckets...)
	}
	if len(s.roles) > 0 {
		deny("NeverUndoRole", undoingRole, s.roles...)
	}
	deny("NeverLoseKey", undoingKey, "*")
	return d, nil
}

// allowResources allows what Terraform needs of each service, on the resources
// of the stack alone.
func (s declared) allowResources(phase Phase, allow allower) {
	for _, service := range []struct {
		prefix, noun string
		arns         []string
	}{
		{"s3:", "Bucket", s.bucketARNs("")},
		{"kms:", "Key", []string{s.arn("kms", s.region, s.account, "key/*")}},
		{"iam:", "Role", s.roles},
	} {
		allow("Read"+service.noun, s.actions(service.prefix, needsRead), nil, service.arns...)
		if phase != Plan {
			allow("Change"+service.noun, s.actions(service.prefix, needsChange), nil, service.arns...)
		}
		if phase != Create {
			continue
		}
		arns, condition := service.arns, policy.Conditions(nil)
		if service.prefix == "kms:" {
			// A key has no ARN before it exists.
			arns, condition = []string{"*"}, policy.Conditions{"StringEquals": {"aws:RequestedRegion": {s.region}}}
		}
		allow("Create"+service.noun, s.actions(service.prefix, needsLock), condition, arns...)
	}
}

// bucketARNs returns the ARNs of all buckets of the stack, each with an ending.
func (s declared) bucketARNs(ending string) []string {
	var arns []string
	for _, name := range s.buckets {
		arns = append(arns, s.arn("s3", "", "", name)+ending)
	}
	return arns
}

// allowState allows what the S3 backend needs in the state's bucket.
// https://developer.hashicorp.com/terraform/language/backend/s3#s3-bucket-permissions
func (s declared) allowState(phase Phase, allow allower) {
	if s.state == nil {
		return
	}
	bucket := s.arn("s3", "", "", s.state.Bucket)
	allow("ListStates", []string{"s3:ListBucket"}, nil, bucket)
	allow("ReadState", []string{"s3:GetObject"}, nil, bucket+"/"+s.state.Key)
	if phase != Plan {
		allow("WriteState", []string{"s3:PutObject"}, nil, bucket+"/"+s.state.Key)
	}
	if s.state.Lockfile {
		allow("LockState", []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, nil, bucket+"/"+s.state.Key+".tflock")
	}
}

func (s declared) arn(service, region, account, resource string) string {
	return strings.Join([]string{"arn", s.partition, service, region, account, resource}, ":")
}

func needsRead(n needs) []string   { return n.read }
func needsChange(n needs) []string { return n.change }
func needsLock(n needs) []string   { return n.lock }

// actions returns the sorted actions of one service for all types in the stack.
func (s declared) actions(service string, of func(needs) []string) []string {
	var all []string
	for _, kind := range s.types {
		for _, action := range of(actions[kind]) {
			if strings.HasPrefix(action, service) {
				all = append(all, action)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
