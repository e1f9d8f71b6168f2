package bucket

import (
	"fmt"
	"slices"

	"datalock/internal/policy"
	"datalock/settings"
)

// A contradiction is a conflict between a statement of the owner and the guards.
type contradiction struct {
	// key is the wrong element, or empty for the whole statement.
	key string
	// ours is the guards' statement, or nil.
	ours *policy.Statement
	what string
	fix  string
}

// contradictions returns a mistake, with both statements, for each statement of the
// owner that contradicts the guards. An Allow can't weaken a guard, because a Deny
// takes precedence.
func contradictions(path string, config settings.Bucket) settings.Mistakes {
	if ms := unreadable(path, config); len(ms) > 0 {
		return ms
	}
	guards := policyOf(withoutOwners(config), config.Name).Statement
	j := judge{config: config, guards: guards, owners: ownerStatements(config)}
	var ms settings.Mistakes
	for i, s := range j.owners {
		for _, c := range j.contradictions(i) {
			at := fmt.Sprintf("%s.policyStatements[%d]%s", path, i, c.key)
			m := settings.Mistake{Path: at, Value: oneLine(s), Allowed: c.what, Fix: c.fix}
			if c.ours != nil {
				m.Allowed += ", " + oneLine(*c.ours)
			}
			ms = append(ms, m)
		}
	}
	return ms
}

// A judge compares the owner's statements with those of the guards.
type judge struct {
	config settings.Bucket
	guards []policy.Statement
	owners []policy.Statement
}

func (j judge) contradictions(i int) []contradiction {
	var all []contradiction
	for _, found := range []*contradiction{j.sidTaken(i), j.public(i), j.lockedOut(i), j.unwritable(i)} {
		if found != nil {
			all = append(all, *found)
		}
	}
	return all
}

func (j judge) guard(sid string) *policy.Statement {
	for i, s := range j.guards {
		if s.Sid == sid {
			return &j.guards[i]
		}
	}
	return nil
}

func (j judge) sidTaken(i int) *contradiction {
	ours := j.guard(j.owners[i].Sid)
	if ours == nil || ours.Sid == "" {
		return nil
	}
	return &contradiction{".Sid", ours, "has the Sid of a guard",
		"rename it, or remove it if it says the same"}
}

// lockedOut finds a Deny that keeps a guardian, or everybody in the account, from
// changing the policy, planning or applying, one that keeps the stack's roles from
// their work, and one that keeps everybody from reading the data.
func (j judge) lockedOut(i int) *contradiction {
	const exempt = "with a condition on aws:PrincipalArn"
	s := j.owners[i]
	bucket := "arn:" + j.config.Partition() + ":s3:::" + j.config.Name
	for _, n := range needs(j.config) {
		if n.role != "" {
			if surely(s, j.request(n.role, n.action, n.resource)) {
				return &contradiction{"", nil, "denies " + n.action + " to the stack's role " + n.role + ", " + n.without,
					"exempt this role, " + exempt}
			}
			continue
		}
		for _, guardian := range j.config.Guardians {
			if surely(s, j.request(guardian, n.action, n.resource)) {
				return &contradiction{"", j.guard("SealConfiguration"),
					"denies " + n.action + " to the guardian " + guardian + ", whom the guard's statement exempts",
					"exempt the guardians, " + exempt}
			}
		}
		if surely(s, j.request("", n.action, n.resource)) {
			return &contradiction{"", nil, "denies " + n.action + " to everybody, " + n.without,
				"exempt the role that deploys, " + exempt}
		}
	}
	for _, read := range [][2]string{{"s3:GetObject", "the data"}, {"s3:GetObjectVersion", "older versions of the data"}} {
		if surely(s, j.request("", read[0], bucket+"/"+anyKey)) {
			return &contradiction{"", nil, "denies " + read[0] + " to everybody, so that nobody could read " + read[1],
				"exempt those who read, " + exempt}
		}
	}
	return nil
}

const (
	algorithmKey = "s3:x-amz-server-side-encryption"
	kmsKey       = "s3:x-amz-server-side-encryption-aws-kms-key-id"
)

// unwritable finds a Deny that, together with the guards, denies every upload,
// because the two require different encryption.
func (j judge) unwritable(i int) *contradiction {
	s := j.owners[i]
	objects := "arn:" + j.config.Partition() + ":s3:::" + j.config.Name + "/" + anyKey
	contributes, another := false, false
	for _, encryption := range []map[string]string{
		{algorithmKey: "", kmsKey: ""},
		{algorithmKey: string(settings.AES256), kmsKey: ""},
		{algorithmKey: string(settings.KMS), kmsKey: ""},
		{algorithmKey: string(settings.KMS), kmsKey: "arn:aws:kms:us-east-1:012345678901:key/another"},
		{algorithmKey: string(settings.KMS), kmsKey: j.config.Encryption.KeyARN},
	} {
		r := j.request("", "s3:PutObject", objects)
		for key, value := range encryption {
			r.known[key] = value
		}
		denies := func(s policy.Statement) bool { return surely(s, r) }
		byGuards, byOwner := slices.ContainsFunc(j.guards, denies), slices.ContainsFunc(j.owners, denies)
		switch {
		case !byGuards && !byOwner:
			return nil
		case !byOwner:
			another = true
		case !byGuards && denies(s):
			contributes = true
		}
	}
	if !contributes || !another {
		return nil
	}
	return &contradiction{"", j.guard(otherEncryption),
		"denies all uploads with the bucket's encryption, and the guards deny the others",
		`remove it, or set "encryption" to what it asks for`}
}

// request returns a request by a principal, or by anybody in the account if it is
// empty.
func (j judge) request(principal, action, resource string) request {
	known := map[string]string{
		"aws:securetransport": "true", "aws:principalisawsservice": "false", "aws:principalaccount": j.config.Account,
	}
	if principal != "" {
		known["aws:principalarn"] = principal
	}
	if j.config.Account == "" {
		delete(known, "aws:principalaccount")
	}
	return request{principal, j.config.Account, action, resource, known}
}
