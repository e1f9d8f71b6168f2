package rolepolicy

import (
	"fmt"
	"slices"
	"strings"

	"datalock/internal/policy"
	"datalock/settings"
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
func (p Phase) Valid() bool {
	return slices.Contains(Phases, p) || slices.Contains(DataPhases, p) || p.jobs()
}

// Policy returns the policy of a role for one phase of the stack in a
// cdk.tf.json. It returns an error if the stack can't be read, or declares a
// type of resource that isn't in the table of actions.
func Policy(stack []byte, phase Phase) (policy.Document, error) {
	if !phase.Valid() {
		return policy.Document{}, fmt.Errorf("phase %q: must be plan, create, change, publish, verify, renew, "+
			"renew-batch, verify-at-rest, backfill, audit or, for a bucket without a stack, adopt", phase)
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
	if phase.jobs() && (s.roles[batchRole] == "" || s.evidence == "") {
		return d, fmt.Errorf("phase %s: the stack has no role for jobs; add "+
			`"evidence": {} and "batch": true to the bucket, and synthesize it`, phase)
	}
	if phase.jobs() || slices.Contains(DataPhases, phase) {
		s.data(phase, allow, deny)
		return d, nil
	}
	s.allowResources(phase, allow)
	s.allowState(phase, allow)

	buckets, undoing := s.bucketARNs(""), undoingBucket
	if !slices.Contains(s.types, replicationType) {
		undoing = append(slices.Clone(undoing), undoingReplication)
	}
	deny("NeverTouchObjects", undoingObjects, s.bucketARNs("/*")...)
	deny("NeverUndoBucket", undoing, buckets...)
	if phase != Create {
		deny("NeverUndoLock", undoingLock, buckets...)
	}
	var records []string
	for _, service := range s.services() {
		if len(service.arns) > 0 {
			records = append(records, service.undoing...)
		}
	}
	if len(records) > 0 {
		deny("NeverUndoRecords", records, "*")
	}
	deny("NeverLoseKey", undoingKey, "*")
	return d, nil
}

// A service is what the stack has in one of AWS's.
type service struct {
	prefix, noun string
	arns         []string
	undoing      []string
}

func (s declared) services() []service {
	return []service{
		{"s3:", "Bucket", s.bucketARNs(""), nil},
		{"kms:", "Key", s.keyARNs(), nil},
		{"iam:", "Role", s.arns("iam", roleType, "role/"), undoingRole},
		{"cloudtrail:", "Trail", s.arns("cloudtrail", "aws_cloudtrail", "trail/"), undoingTrail},
		{"sns:", "Topic", s.arns("sns", "aws_sns_topic", ""), undoingTopic},
		{"events:", "Alarm", s.ruleARNs(), undoingRule},
	}
}

// ruleARNs returns the ARNs of the stack's rules of EventBridge. There are many,
// and a policy has a maximum length, so that names with a common beginning, the
// data bucket's name or what stands for it, are one pattern.
func (s declared) ruleARNs() []string {
	const short = settings.RoleHead + 1 + settings.RoleHash
	var arns []string
	for _, name := range s.names["aws_cloudwatch_event_rule"] {
		if strings.HasPrefix(name, s.bucket+"-") {
			name = s.bucket + "-*"
		} else if len(name) > short {
			name = name[:short] + "-*"
		}
		arns = append(arns, s.arn("events", s.region, s.account, "rule/"+name))
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// allowResources allows what Terraform needs of each service, on the resources of
// the stack alone. Only its keys have no ARN yet: every key of the account in the
// stack's Regions is allowed, also to set its policy.
func (s declared) allowResources(phase Phase, allow allower) {
	inRegions := policy.Conditions{"StringEquals": {"aws:RequestedRegion": s.regions}}
	for _, service := range s.services() {
		read := s.actions(service.prefix, needsRead)
		allow("Read"+service.noun, without(read, ofEverything), nil, service.arns...)
		allow("Find"+service.noun, only(read, ofEverything), inRegions, "*")
		changes := s.actions(service.prefix, needsChange)
		creates := s.actions(service.prefix, needsLock)
		if phase == Create && service.prefix == "kms:" {
			// A key has no ARN before it exists.
			allow("Create"+service.noun, creates, inRegions, "*")
		} else if phase == Create {
			// One statement for both: the resources are the same, and a policy has a
			// maximum length.
			changes = slices.Sorted(slices.Values(append(changes, creates...)))
		}
		if phase != Plan {
			allow("Change"+service.noun, changes, nil, service.arns...)
		}
	}
	if phase != Plan {
		s.allowPassing(allow)
	}
}

// allowPassing allows to give each role to its service and to no other.
func (s declared) allowPassing(allow allower) {
	for _, role := range passed {
		if name, declared := s.roles[role.id]; declared {
			allow(role.sid, []string{"iam:PassRole"}, policy.Conditions{
				"StringEquals": {"iam:PassedToService": {role.service}},
			}, s.arn("iam", "", s.account, "role/"+name))
		}
	}
}

func without(actions, others []string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return slices.Contains(others, action) })
}

func only(actions, these []string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return !slices.Contains(these, action) })
}

// keyARNs returns the ARNs of all keys of the account in the stack's Regions.
func (s declared) keyARNs() []string {
	var arns []string
	for _, region := range s.regions {
		arns = append(arns, s.arn("kms", region, s.account, "key/*"))
	}
	return arns
}

// arns returns the ARNs of the stack's resources of a type.
func (s declared) arns(service, kind, before string) []string {
	region := s.region
	if service == "iam" {
		region = ""
	}
	var arns []string
	for _, name := range s.names[kind] {
		arns = append(arns, s.arn(service, region, s.account, before+name))
	}
	return arns
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
		all = append(all, of(actions[kind])...)
		if s.provider6 {
			all = append(all, of(since6[kind])...)
		}
	}
	all = slices.DeleteFunc(all, func(action string) bool { return !strings.HasPrefix(action, service) })
	slices.Sort(all)
	return slices.Compact(all)
}
