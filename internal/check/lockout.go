package check

import (
	"slices"
	"strings"

	"datalock/internal/check/iampolicy"
)

// A ward is what a policy is about: what one must still be able to do with it,
// and who can put it right where nobody can.
type ward struct {
	at       *resource
	document iampolicy.Document
	read     iampolicy.Request
	change   []iampolicy.Request // any one of them is enough
	rescue   string
}

// wards returns what the policies that there are after the apply are about.
func (s *Subject) wards() []ward {
	var all []ward
	for _, r := range s.resources {
		policy := text(r.after, "policy")
		if policy == "" || r.unknownIn("policy") != "" {
			continue
		}
		w := ward{at: r}
		switch {
		case r.kind == policyType || r.kind == bucketType && r.declares["policy"]:
			bucket := "arn:" + partitionOf(policy) + ":s3:::" + r.bucketName()
			w.read = iampolicy.Request{Action: "s3:GetObject", Resource: bucket + "/*"}
			w.change = requests(bucket, "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")
			w.rescue = "only the root user of the account can put another policy in its place"
		case r.kind == keyPolicyType || isKey(r.kind) && r.declares["policy"]:
			w.read = iampolicy.Request{Action: "kms:Decrypt", Resource: "*"}
			w.change = requests("*", "kms:PutKeyPolicy")
			w.rescue = "not even the root user of the account can put another policy in its place"
		default:
			continue
		}
		var err error
		if w.document, err = iampolicy.Parse(policy); err == nil {
			all = append(all, w)
		}
	}
	return all
}

func requests(resource string, actions ...string) []iampolicy.Request {
	var all []iampolicy.Request
	for _, action := range actions {
		all = append(all, iampolicy.Request{Action: action, Resource: resource})
	}
	return all
}

// partitionOf returns the partition of the ARNs in a policy: of the text, as a
// bucket that is to be made has none yet.
func partitionOf(policy string) string {
	for _, partition := range []string{"aws-cn", "aws-us-gov"} {
		if strings.Contains(policy, "arn:"+partition+":") {
			return partition
		}
	}
	return "aws"
}

// bucketName returns the name of the bucket that a resource is or guards, as
// far as it is known.
func (r *resource) bucketName() string {
	if name := text(r.after, "bucket"); name != "" {
		return name
	}
	if r.bucket != nil && r.bucket.stays() {
		return text(r.bucket.after, "bucket")
	}
	return text(r.before, "bucket")
}

func findLockedOut(s *Subject, found report) {
	for _, w := range s.wards() {
		if by := w.deniedToAll(w.read); by != nil {
			found(w.at, "nobody can read what it protects again, by "+statements(by)+"; "+w.rescue)
		}
		var all []string
		for _, request := range w.change {
			by := w.deniedToAll(request)
			if by == nil {
				all = nil
				break
			}
			all = append(all, by...)
		}
		if all != nil {
			found(w.at, "nobody can change this policy again, by "+statements(all)+"; "+w.rescue)
		}
	}
}

// deniedToAll returns the statements that deny a request to everybody whom the
// policy names and to everybody else, or nil.
func (w ward) deniedToAll(request iampolicy.Request) []string {
	var names []string
	for _, principal := range w.document.Principals() {
		request.Principal = principal
		by := w.document.Denies(request)
		if by == nil {
			return nil
		}
		names = append(names, by...)
	}
	return names
}

func statements(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 1 {
		return "statement " + names[0]
	}
	return "statements " + strings.Join(names, ", ")
}

func findDeployerLockedOut(s *Subject, found report) {
	for _, w := range s.wards() {
		role := s.deployerOf(w.at)
		if role == "" {
			continue
		}
		reading := strings.NewReplacer("Put", "Get").Replace(w.change[0].Action)
		for _, action := range []string{w.change[0].Action, reading} {
			request := iampolicy.Request{Action: action, Resource: w.change[0].Resource, Principal: w.document.AsNamed(role)}
			if by := w.document.Denies(request); by != nil {
				found(w.at, "the role that deploys it, "+role+", is denied "+action+" by "+statements(by)+", so that it can't change this policy again")
				break
			}
		}
	}
}

// deployerOf returns the ARN of the role that deploys a resource, where the
// plan tells: the one that its provider assumes or, where it assumes none, the
// one that read its own identity while the plan was made.
func (s *Subject) deployerOf(r *resource) string {
	if role, _ := s.providerOf(r).assumeRole.(string); role != "" {
		return role
	}
	return iampolicy.RoleOf(s.caller)
}
