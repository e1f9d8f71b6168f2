// Package identity is the server's IAM: six accounts, each with a fixed
// identity policy, held in memory.
//
// The users' identity policies are combined with the bucket's policy the way AWS
// does it: an explicit Deny in either wins, and otherwise an Allow in either is
// enough. The account root has no identity policy and all rights; a Deny in a
// bucket's policy binds it too, but for the calls that read, replace and remove
// that policy. versitygw exempts its own root from all policies, so for it the
// account root is a user like the others, and its own root is the preparer.
package identity

import (
	"strings"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"
)

// AccountID is the made-up AWS account that owns every bucket.
const AccountID = "000000000000"

// Name says which account a key pair belongs to.
type Name string

// The accounts.
const (
	// Root owns the buckets, may do everything unless a bucket policy denies
	// it, and may always replace that policy.
	Root Name = "root"
	// Admin may do everything by its identity policy, and is subject to
	// bucket policies: the operator with full rights of a threat model.
	Admin Name = "admin"
	// Writer may read, write, delete and lock objects, bypass GOVERNANCE,
	// list buckets' objects and read what a bucket does with them, as the role
	// of datalock publish may; it may change no bucket.
	Writer Name = "writer"
	// Stranger has valid keys and no rights at all.
	Stranger Name = "stranger"
	// Preparer may do everything, and no bucket policy binds it; Object Lock
	// does. AWS has no such account: it makes what trials need in a bucket
	// whose policy would refuse it.
	Preparer Name = "preparer"
	// Batch is the role of S3 Batch Operations jobs: it may lock, hold and read
	// objects, read a manifest and write a report, and bypasses nothing.
	Batch Name = "batch"
)

// Names lists the accounts.
func Names() []Name { return []Name{Root, Admin, Writer, Stranger, Preparer, Batch} }

// ARN is how a bucket policy's Principal element names the account.
func (n Name) ARN() string {
	switch n {
	case Root:
		return "arn:aws:iam::" + AccountID + ":root"
	case Batch:
		return "arn:aws:iam::" + AccountID + ":role/" + string(n)
	}
	return "arn:aws:iam::" + AccountID + ":user/" + string(n)
}

// allowed holds each user's identity policy: action patterns, on every
// resource.
var allowed = map[Name][]string{
	Root:  {"s3:*"},
	Admin: {"s3:*"},
	Writer: {
		"s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*",
		"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
		"s3:ListBucket*", "s3:BypassGovernanceRetention",
		"s3:GetBucketLocation", "s3:GetBucketVersioning",
		"s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:ListAllMyBuckets",
	},
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
	Batch: {
		"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold",
		"s3:GetBucketObjectLockConfiguration", "s3:GetBucketLocation",
	},
}

// Key is one account's key pair.
type Key struct {
	Access string `json:"access_key"`
	Secret string `json:"secret_key"`
}

// Service answers versitygw's questions about accounts. It implements
// auth.IAMService, auth.PolicyEvaluator and auth.FixedBucketOwner.
type Service struct{ accounts map[string]account }

type account struct {
	name Name
	key  Key
}

var (
	_ auth.IAMService       = (*Service)(nil)
	_ auth.PolicyEvaluator  = (*Service)(nil)
	_ auth.FixedBucketOwner = (*Service)(nil)
)

// New returns a service that knows the given keys.
func New(keys map[Name]Key) *Service {
	s := &Service{accounts: map[string]account{}}
	for name, key := range keys {
		s.accounts[key.Access] = account{name, key}
	}
	return s
}

// GetUserAccount returns the account of an access key, or
// auth.ErrNoSuchUser.
func (s *Service) GetUserAccount(access string) (auth.Account, error) {
	acc, ok := s.accounts[access]
	if !ok {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return auth.Account{Access: access, Secret: acc.key.Secret, Role: auth.RoleUser, Arn: acc.name.ARN()}, nil
}

// BucketOwner returns the account root: it owns every bucket, whoever made it.
func (s *Service) BucketOwner() auth.Account {
	for access, acc := range s.accounts {
		if acc.name == Root {
			owner, _ := s.GetUserAccount(access)
			return owner
		}
	}
	return auth.Account{}
}

// ResolveAccounts returns those of the access keys that belong to nobody.
func (s *Service) ResolveAccounts(access []string) ([]string, error) {
	missing := []string{}
	for _, key := range access {
		if _, ok := s.accounts[key]; !ok {
			missing = append(missing, key)
		}
	}
	return missing, nil
}

// EvaluatePolicy decides by the account's identity policy, for each resource
// and action.
func (s *Service) EvaluatePolicy(
	access, _ string, actions []auth.Action, resources []string, _ map[string][]string,
) (auth.PolicyEvaluation, error) {
	acc, ok := s.accounts[access]
	if !ok {
		return auth.PolicyEvaluation{}, auth.ErrNoSuchUser
	}
	evaluation := auth.PolicyEvaluation{PrincipalArn: acc.name.ARN()}
	for range resources {
		// versitygw doesn't export its decision type: 0 is no match, 1 is
		// Allow. TestWriterAndStranger fails should that ever change.
		row := append(evaluation.Decisions, nil)
		last := len(row) - 1
		for _, action := range actions {
			if allows(allowed[acc.name], string(action)) {
				row[last] = append(row[last], 1)
			} else {
				row[last] = append(row[last], 0)
			}
		}
		evaluation.Decisions = row
	}
	return evaluation, nil
}

// Allows says whether an account's identity policy allows an action.
func (s *Service) Allows(access string, action auth.Action) bool {
	acc, ok := s.accounts[access]
	return ok && allows(allowed[acc.name], string(action))
}

// allows says whether one of the patterns, which may end in '*', covers the
// action.
func allows(patterns []string, action string) bool {
	for _, pattern := range patterns {
		prefix, wild := strings.CutSuffix(pattern, "*")
		if action == pattern || wild && strings.HasPrefix(action, prefix) {
			return true
		}
	}
	return false
}

// The accounts are fixed, so the calls that would change them are refused.

// CreateAccount refuses.
func (*Service) CreateAccount(auth.Account) error { return errFixed() }

// UpdateUserAccount refuses.
func (*Service) UpdateUserAccount(string, auth.MutableProps) error { return errFixed() }

// DeleteUserAccount refuses.
func (*Service) DeleteUserAccount(string) error { return errFixed() }

// ListUserAccounts refuses.
func (*Service) ListUserAccounts() ([]auth.Account, error) { return nil, errFixed() }

// Shutdown has nothing to close.
func (*Service) Shutdown() error { return nil }

func errFixed() error { return s3err.GetAPIError(s3err.ErrAdminMethodNotSupported) }
