package adopt

import (
	"maps"
	"slices"
	"strings"

	"datalock/internal/check"
	"datalock/internal/inspect"
	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Lists describe what the first apply of a stack does to a bucket. They are never
// nil.
type Lists struct {
	Add    []Item `json:"add"`
	Change []Item `json:"change"`
	Leave  []Item `json:"leave"`
	// Permanent is what can't be undone.
	Permanent []string `json:"permanent"`

	retention settings.Retention // the stack's, for the text
}

// An Item is one thing in a list.
type Item struct {
	// Type is the Terraform type, empty if the stack doesn't declare the part.
	Type string `json:"type,omitempty"`
	Part string `json:"part"`
	// From and To describe the part before and after the apply. From is empty in
	// Add, To in Leave.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Warning says what is weakened, is lost or can fail, and how to avoid it.
	Warning string `json:"warning,omitempty"`
}

// A comparison is one call of Compare.
type comparison struct {
	is      Existing
	wanted  settings.Bucket
	unknown []Unknown
	lists   Lists
}

// Compare returns what the first apply with the wanted settings does to a bucket.
// tags are the file's tags, which every resource gets.
func Compare(is Existing, unknown []Unknown, wanted settings.Bucket, tags map[string]string) Lists {
	c := &comparison{is: is, wanted: wanted, unknown: unknown, lists: Lists{
		Add: []Item{}, Change: []Item{}, Leave: []Item{}, Permanent: []string{}, retention: wanted.Retention,
	}}
	for _, one := range []struct {
		part    string
		compare func()
	}{
		{versioningPart, c.versioning}, {lockPart, c.lock}, {blockPart, c.publicAccess},
		{ownershipPart, c.ownership}, {encryptionPart, c.encryption}, {lifecyclePart, c.lifecycle},
		{policyPart, c.policy}, {tagsPart, func() { c.tags(tags) }}, {loggingPart, c.logging},
		{inventoryPart, c.inventories}, {replicationPart, c.replication}, {notificationPart, c.notifications},
		{corsPart, c.cors}, {websitePart, c.website}, {acceleratePart, c.accelerate}, {paymentPart, c.payment},
	} {
		if !slices.ContainsFunc(unknown, func(u Unknown) bool { return u.Part == one.part }) {
			one.compare()
		}
	}
	return c.lists
}

// put adds a configuration of the stack to its list: Add if the bucket has none,
// Leave if it is as wanted, otherwise Change.
func (c *comparison) put(kind, part string, there bool, from, to, warning string) {
	item := Item{Type: kind, Part: part, From: check.Printable(from), To: check.Printable(to)}
	item.Warning = check.Printable(warning)
	switch {
	case !there:
		item.From = ""
		c.lists.Add = append(c.lists.Add, item)
	case from == to:
		item.To, item.Warning = "", ""
		c.lists.Leave = append(c.lists.Leave, item)
	default:
		c.lists.Change = append(c.lists.Change, item)
	}
}

// leave adds a part that the stack doesn't declare to the list Leave.
func (c *comparison) leave(part string, is ...string) {
	if len(is) > 0 && is[0] != "" {
		c.lists.Leave = append(c.lists.Leave, Item{Part: part, From: check.Printable(strings.Join(is, ", "))})
	}
}

// never adds a text to the list Permanent.
func (c *comparison) never(text string) {
	c.lists.Permanent = append(c.lists.Permanent, check.Printable(text))
}

func (c *comparison) versioning() {
	const enabled = string(types.BucketVersioningStatusEnabled)
	c.put(versioningType, versioningPart, c.is.Versioning != "", string(c.is.Versioning), enabled, "")
	if c.is.Versioning != types.BucketVersioningStatusEnabled {
		c.never("versioning: once enabled, it can be suspended but not removed")
	}
}

func (c *comparison) publicAccess() {
	const all = "all four settings on"
	from := all
	if b := c.is.PublicAccessBlock; b != nil {
		off := inspect.Off(b.BlockPublicAcls, b.BlockPublicPolicy, b.IgnorePublicAcls, b.RestrictPublicBuckets)
		if len(off) > 0 {
			from = "off: " + strings.Join(off, ", ")
		}
	}
	c.put(blockType, blockPart, c.is.PublicAccessBlock != nil, from, all,
		"requests that only a public ACL or a public policy allows are denied")
}

func (c *comparison) ownership() {
	const to = string(types.ObjectOwnershipBucketOwnerEnforced)
	from := ""
	if c.is.Ownership != nil {
		from = string(*c.is.Ownership)
	}
	warning := "ACLs no longer grant access"
	if len(c.is.Grantees) > 0 {
		warning += "; AWS refuses this while the bucket's ACL grants something to others than the owner: " +
			strings.Join(c.is.Grantees, ", ")
	}
	c.put(ownershipType, ownershipPart, c.is.Ownership != nil, from, to, warning)
}

func (c *comparison) encryption() {
	to := encryptionText(string(c.wanted.Encryption.Algorithm), c.wanted.Encryption.KeyARN,
		c.wanted.Encryption.Algorithm == settings.KMS)
	if c.wanted.Encryption.MakesKey() {
		to = "aws:kms with a key that the stack creates"
	}
	from := ""
	if r := c.is.Encryption; r != nil {
		algorithm, key := "none", ""
		if d := r.ApplyServerSideEncryptionByDefault; d != nil {
			algorithm, key = string(d.SSEAlgorithm), aws.ToString(d.KMSMasterKeyID)
		}
		from = encryptionText(algorithm, key, aws.ToBool(r.BucketKeyEnabled))
	}
	warning := ""
	if strings.HasPrefix(from, "aws:kms") && c.wanted.Encryption.Algorithm != settings.KMS {
		warning = `new versions are no longer encrypted with this key; to keep it, ` +
			`add "encryption": {"algorithm": "aws:kms", "keyArn": "ARN"} to the bucket`
	}
	c.put(encryptionType, encryptionPart, c.is.Encryption != nil, from, to, warning)
}

func encryptionText(algorithm, key string, bucketKey bool) string {
	text := strings.TrimSpace(algorithm + " " + key)
	if bucketKey {
		text += " with a bucket key"
	}
	return text
}

// tags compares the bucket's tags with those of the settings.
func (c *comparison) tags(file map[string]string) {
	wanted := maps.Clone(file)
	if wanted == nil {
		wanted = map[string]string{}
	}
	maps.Copy(wanted, c.wanted.Tags)
	if len(wanted) == 0 && len(c.is.Tags) == 0 {
		return
	}
	warning := ""
	for _, key := range slices.Sorted(maps.Keys(c.is.Tags)) {
		if _, kept := wanted[key]; !kept {
			warning = "tags that the settings don't have are removed"
		}
	}
	c.put(bucketType, tagsPart, len(c.is.Tags) > 0, tagText(c.is.Tags), tagText(wanted), warning)
}

func tagText(tags map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, key+"="+tags[key])
	}
	return strings.Join(all, ", ")
}
