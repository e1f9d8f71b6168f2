package check

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"

	"datalock/internal/check/iampolicy"
	"datalock/internal/policy"
)

// A ward is a bucket or key with its policy, and the requests that must stay
// possible.
type ward struct {
	at       *resource
	document iampolicy.Document
	err      error  // why the policy can't be judged
	owner    string // the account that owns it, if known
	// principals are those to try requests with, found once for all of them.
	principals []string
	reads      []iampolicy.Request // none if there is no data to read
	change     []iampolicy.Request // one of them has to be possible
	deploy     []iampolicy.Request // every later apply needs all of them, and a plan all but the first
	grants     bool                // only this policy can allow access
	rescue     string              // who can still replace the policy
}

// wards returns the buckets and keys that have a policy after the apply.
func (s *Subject) wards() []ward {
	var all []ward
	for _, r := range s.resources {
		bucketPolicy := r.kind == policyType || r.kind == bucketType && r.judged() && r.declares["policy"]
		keyPolicy := r.kind == keyPolicyType || isKey(r.kind) && r.declares["policy"]
		if !bucketPolicy && !keyPolicy || r.unknownIn("policy") != "" {
			continue
		}
		document := text(r.after, "policy")
		w := ward{at: r, owner: s.ownerOf(r)}
		if bucketPolicy {
			w.ofBucket("arn:"+partitionOf(document)+":s3:::"+r.bucketName(), s.regionOf(r))
			if r.bucketOrSelf() == nil {
				w.deploy = w.deploy[:2] // the stack reads only the policy
			}
		} else {
			key := r
			if r.key != nil {
				key = r.key
			}
			usage := text(key.after, "key_usage")
			w.ofKey(usage == "" || usage == "ENCRYPT_DECRYPT")
		}
		if document == "" {
			continue
		}
		if w.document, w.err = iampolicy.Parse(document); w.err == nil && len(w.document.Statements) == 0 {
			w.err = errors.New("it has no statements")
		}
		w.principals = w.document.Principals(w.owner)
		all = append(all, w)
	}
	return all
}

// ofBucket fills in the requests for a bucket policy.
func (w *ward) ofBucket(bucket, region string) {
	request := func(action, resource string) iampolicy.Request {
		return iampolicy.Request{Action: action, Resource: resource, Account: w.owner, Region: region}
	}
	w.reads = []iampolicy.Request{request("s3:GetObject", bucket+"/*"), request("s3:GetObjectVersion", bucket+"/*")}
	w.change = []iampolicy.Request{request("s3:PutBucketPolicy", bucket), request("s3:DeleteBucketPolicy", bucket)}
	w.deploy = []iampolicy.Request{w.change[0], request("s3:GetBucketPolicy", bucket)}
	for _, action := range policy.BucketReads {
		w.deploy = append(w.deploy, request(action, bucket))
	}
	w.rescue = "only the root user of the account can put another policy in its place"
}

// ofKey fills in the requests for a key policy. decrypts is set if reading the
// data needs the key.
func (w *ward) ofKey(decrypts bool) {
	request := func(action string) iampolicy.Request {
		return iampolicy.Request{Action: action, Resource: "*", Account: w.owner}
	}
	if decrypts {
		w.reads = []iampolicy.Request{request("kms:Decrypt")}
	}
	w.change = []iampolicy.Request{request("kms:PutKeyPolicy")}
	w.deploy = []iampolicy.Request{w.change[0], request("kms:GetKeyPolicy"), request("kms:DescribeKey")}
	w.grants = true
	w.rescue = "not even the root user of the account can put another policy in its place"
}

// ownerOf returns the account of a resource, or "". A new bucket belongs to the
// account of the role that creates it.
func (s *Subject) ownerOf(r *resource) string {
	if account := r.account(); account != "" {
		return account
	}
	if r.bucket != nil && r.bucket.account() != "" {
		return r.bucket.account()
	}
	role, _ := s.deployerOf(r)
	return iampolicy.AccountOf(role)
}

// regionOf returns the Region of a policy's bucket, or "".
func (s *Subject) regionOf(r *resource) string {
	if r.bucket != nil {
		r = r.bucket
	}
	if region := text(r.after, "region"); region != "" {
		return region
	}
	region, _ := s.providerOf(r).region.(string)
	return region
}

// partitionOf returns the partition of the ARNs in a policy's text, or of a role's ARN,
// since a new bucket has no ARN yet.
func partitionOf(policy string) string {
	if match := partitioned.FindStringSubmatch(policy); match != nil {
		return match[1]
	}
	return "aws"
}

var partitioned = regexp.MustCompile(`arn:(aws[a-z-]*):(?:s3|iam)::`)

// bucketName returns the name of the bucket that a resource is or guards, or
// "".
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
		if w.err != nil && !w.compared() {
			found(w.at, "it can't be judged whom the policy locks out: "+w.err.Error())
		}
		for _, message := range w.lockedOut() {
			found(w.at, message)
		}
	}
}

// compared reports whether the rule policy-loosened says that the policy can't be
// judged, because it replaces another.
func (w ward) compared() bool {
	before := text(w.at.before, "policy")
	return before != "" && before != text(w.at.after, "policy")
}

// lockedOut returns what nobody but the account's root user can do any more.
func (w ward) lockedOut() []string {
	if w.err != nil {
		return nil
	}
	var messages []string
	unchangeable, until := w.unchangeable(), ", until the policy is changed"
	if unchangeable != "" {
		until = "; " + w.rescue
		messages = append(messages,
			"nobody can change this policy again: "+w.change[0].Action+" "+unchangeable+"; "+w.rescue)
	}
	for i, read := range w.reads {
		what := "what it protects"
		if i > 0 {
			what = "the versions that a newer one or a delete marker hides"
		}
		if why := w.deniedToAll(read); why != "" {
			return append(messages, "nobody can read "+what+": "+read.Action+" "+why+until)
		}
	}
	return messages
}

// unchangeable returns why nobody can replace the policy, or "".
func (w ward) unchangeable() string {
	why := ""
	for _, request := range w.change {
		one := w.deniedToAll(request)
		if one == "" {
			return ""
		}
		why = cmp.Or(why, one)
	}
	return why
}

// deniedToAll returns why nobody can make a request, or "".
func (w ward) deniedToAll(request iampolicy.Request) string {
	able := w.able(request)
	var names []string
	var except iampolicy.Exempt
	for _, one := range able {
		refusal, refused := w.document.Refuses(one)
		if !refused {
			return ""
		}
		names = append(names, refusal.By...)
		except.PlainHTTP = except.PlainHTTP || refusal.Except.PlainHTTP
		except.Endpoints = except.Endpoints || refusal.Except.Endpoints
	}
	if len(names) == 0 {
		return "is allowed to nobody by it"
	}
	who := map[iampolicy.Exempt]string{
		{PlainHTTP: true}: " who uses TLS", {Endpoints: true}: " who doesn't use a VPC endpoint",
		{PlainHTTP: true, Endpoints: true}: " who uses TLS and no VPC endpoint",
	}[except]
	return "is denied to everybody" + who + " by " + statements(names)
}

// able returns a request for each principal that may have a permission, denials
// and conditions aside. In the bucket's own account, IAM policies can allow what
// the bucket policy doesn't.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
func (w ward) able(request iampolicy.Request) []iampolicy.Request {
	allowed := sync.OnceValue(func() []string { return w.document.Allowed(request.Action, w.owner) })
	principals := w.principals
	if w.grants {
		principals = allowed()
	}
	var all []iampolicy.Request
	for _, principal := range principals {
		foreign := w.owner != "" && iampolicy.AccountOf(principal) != w.owner
		if foreign && !slices.Contains(allowed(), principal) {
			continue
		}
		request.Principal, request.NeedsAllow = principal, w.grants || foreign
		all = append(all, request)
	}
	return all
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
		if w.err != nil || w.unchangeable() != "" {
			continue // the rule locked-out finds it
		}
		role, planned := s.deployerOf(w.at)
		what, needs := "the role that deploys it", ", which every later plan and apply needs"
		if planned {
			what, needs = "the role that made the plan", ", which every later plan needs"
		}
		for i, request := range w.deploy {
			by := role
			if planned && i == 0 {
				by = "" // another role may apply
			}
			if why := w.deployerDenied(what, by, request); why != "" {
				found(w.at, why+needs)
				break
			}
		}
	}
}

// deployerDenied returns why the next deploy can't make a request, or "". what says
// which role it is. If it isn't known, the request must be denied to everybody.
func (w ward) deployerDenied(what, role string, request iampolicy.Request) string {
	switch {
	case strings.HasSuffix(role, ":root"):
		return ""
	case role != "":
		request.Principal = w.document.AsNamed(role)
		if by := w.document.Denies(request); by != nil {
			return what + ", " + role + ", is denied " + request.Action + " by " + statements(by)
		}
		if w.grants && !w.document.Allows(request.Action, request.Principal) {
			return what + ", " + role + ", is not allowed " + request.Action + " by it"
		}
	default:
		if why := w.deniedToAll(request); why != "" {
			return request.Action + " " + why + ", whichever role deploys it"
		}
	}
	return ""
}

// deployerOf returns the ARN of the role that deploys a resource, or "": the
// role that its provider assumes or else, with planned, the caller that a data source
// of this provider read. That one made the plan, and another may apply it.
func (s *Subject) deployerOf(r *resource) (role string, planned bool) {
	if role, _ := s.providerOf(r).assumeRole.(string); role != "" {
		return role, false
	}
	role = iampolicy.RoleOf(s.callers[s.providerKeyOf(r.providerKey)])
	return role, role != ""
}
