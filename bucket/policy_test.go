package bucket

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalock/internal/policy"
	"datalock/settings"
)

func fortified() settings.Bucket {
	b := settings.DefaultBucket()
	b.Name, b.Region, b.Account = "acme-data", "us-east-1", "012345678901"
	b.WriteOnce, b.Encryption.Algorithm = true, settings.KMS
	b.Guardians = []string{"arn:aws:iam::012345678901:role/deployer"}
	return b
}

// whole is fortified, with every part of the topology that has a policy.
func whole() settings.Bucket {
	b := fortified()
	b.Evidence, b.AccessLogs, b.Inventory = &settings.Evidence{}, true, &settings.Inventory{}
	b.Replica, b.DataEvents = &settings.Replica{Region: "eu-west-1", Retention: b.Retention}, &settings.DataEvents{}
	return b
}

// TestPoliciesAreStable holds the text of a policy: AWS, reviews and plans see
// a change only where there is one.
func TestPoliciesAreStable(t *testing.T) {
	first := policyOf(fortified(), "acme-data").String()
	for range 20 {
		if again := policyOf(fortified(), "acme-data").String(); again != first {
			t.Fatalf("the same settings give two policies:\n%s\n%s", first, again)
		}
	}
	var p struct{ Statement []struct{ Sid string } }
	if err := json.Unmarshal([]byte(first), &p); err != nil {
		t.Fatal(err)
	}
	var sids []string
	for _, s := range p.Statement {
		sids = append(sids, s.Sid)
	}
	want := "DenyInsecureTransport DenyOldTLS DenyWeakerMode DenyRetentionBelowDefault DenyRetentionAboveMaximum " +
		"DenyEventHold DenyGovernanceBypass " +
		"DenyOtherEncryption DenyCustomerProvidedKey DenyDeleteMarkers DenyOverwrite SealConfiguration SealObjectACLs " +
		"SealLegalHolds"
	if got := strings.Join(sids, " "); got != want {
		t.Errorf("the statements are\n%s, want\n%s", got, want)
	}
}

func TestPartitions(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "arn:aws:", "cn-north-1": "arn:aws-cn:", "us-gov-west-1": "arn:aws-us-gov:",
		"eusc-de-east-1": "arn:aws-eusc:",
		"us-iso-east-1":  "arn:aws-iso:", "us-isob-east-1": "arn:aws-iso-b:", "eu-isoe-west-1": "arn:aws-iso-e:",
		"us-isof-south-1": "arn:aws-iso-f:",
	} {
		b := fortified()
		b.Region, b.Guardians = region, nil
		for _, d := range []policy.Document{policyOf(b, "acme-data"), keyPolicyOf(b)} {
			text := d.String()
			if strings.Count(text, `"arn:`) != strings.Count(text, `"`+want) || !strings.Contains(text, `"`+want) {
				t.Errorf("the ARNs in %s don't all begin with %s: %s", region, want, text)
			}
		}
	}
}

func TestFloor(t *testing.T) {
	for _, c := range []struct {
		retention settings.Retention
		want      int
	}{
		{settings.Retention{Days: 90}, 89},
		{settings.Retention{Years: 1}, 364},
		{settings.Retention{Days: 2}, 1},
		// An hour must not pass for a day.
		{settings.Retention{Days: 1}, 1},
	} {
		if got := floor(c.retention); got != c.want {
			t.Errorf("the floor of %s is %d, want %d", c.retention, got, c.want)
		}
	}
}

// TestSealed: what the settings ask for beside the lock is sealed too, and
// nothing else.
func TestSealed(t *testing.T) {
	plain := len(sealed(settings.DefaultBucket()))
	for _, c := range []struct {
		change func(*settings.Bucket)
		want   []string
	}{
		{func(b *settings.Bucket) { b.AccessLogs = true }, []string{"s3:PutBucketLogging"}},
		{func(b *settings.Bucket) { b.Inventory = whole().Inventory }, []string{"s3:PutInventoryConfiguration"}},
		{func(b *settings.Bucket) { b.Replica = whole().Replica }, nil},
		{func(b *settings.Bucket) { b.DataEvents = whole().DataEvents }, nil},
		{func(b *settings.Bucket) { b.Replica, b.DataEvents = whole().Replica, whole().DataEvents },
			[]string{"s3:PutBucketNotification"}},
	} {
		b := settings.DefaultBucket()
		c.change(&b)
		if got := sealed(b)[plain:]; !slices.Equal(got, c.want) {
			t.Errorf("%+v seals %v too, want %v", b, got, c.want)
		}
	}
}

func TestPolicySize(t *testing.T) {
	sealedBy := func(count int) settings.Bucket {
		b := fortified()
		b.Guardians = nil
		for i := range count {
			b.Guardians = append(b.Guardians, fmt.Sprintf("arn:aws:iam::012345678901:role/guardian-%04d", i))
		}
		return b
	}
	largest := 0
	for count := 1; len(policyMistakes("buckets.b", sealedBy(count))) == 0; count++ {
		largest = count
	}
	if size := len(policyOf(sealedBy(largest), "acme-data").String()); size > 20480 {
		t.Errorf("a policy of %d bytes passes, and AWS takes 20,480", size)
	}
	if size := len(policyOf(sealedBy(largest+1), "acme-data").String()); size <= 20480 {
		t.Errorf("a policy of %d bytes is refused, and AWS takes 20,480", size)
	}
	if largest < 50 {
		t.Errorf("only %d guardians fit into a policy, want 50 or more", largest)
	}
	mistakes := policyMistakes("buckets.b", sealedBy(largest+1))
	if want := "buckets.b.guardians: make the bucket policy "; !strings.HasPrefix(mistakes.Error(), want) ||
		!strings.Contains(mistakes.Error(), "AWS allows 20480; name fewer") {
		t.Errorf("the mistake is %q, want it to begin with %q and to say how to fix it", mistakes, want)
	}
	// A prefix counts as the longest name that it may become.
	unnamed := sealedBy(largest)
	unnamed.Name = ""
	if len(policyOf(unnamed, strings.Repeat("x", 63)).String()) > 20480 != (len(policyMistakes("buckets.b",
		unnamed)) > 0) {
		t.Error("the size of a policy with a prefix isn't that of the longest name")
	}
}

func TestNewRefusesALargePolicy(t *testing.T) {
	b := fortified()
	for i := range 500 {
		b.Guardians = append(b.Guardians, fmt.Sprintf("arn:aws:iam::012345678901:role/g%d", i))
	}
	if _, err := New(nil, "data", b); err == nil ||
		!strings.Contains(err.Error(), "data.guardians: make the bucket policy") {
		t.Errorf("New says %v, want the mistake, and nothing declared", err)
	}
}

func TestUniqueNames(t *testing.T) {
	b := fortified()
	here := uniqueName("raw-", "stack/Default", b)
	if !strings.HasPrefix(here, `raw-${formatdate("YYYYMMDDhhmmss", plantimestamp())}${substr(sha256("`) {
		t.Errorf("the name is %s, want the prefix and two parts that are known at plan time", here)
	}
	elsewhere, another := b, b
	elsewhere.Region, another.Account = "us-east-2", "999999999999"
	for what, other := range map[string]string{
		"another stack":   uniqueName("raw-", "other/Default", b),
		"another Region":  uniqueName("raw-", "stack/Default", elsewhere),
		"another account": uniqueName("raw-", "stack/Default", another),
	} {
		if other == here {
			t.Errorf("a bucket in %s that is planned in the same second gets the same name", what)
		}
	}
	if uniqueName("raw-", "stack/Default", b) != here {
		t.Error("the expression of a name isn't stable")
	}
}

// TestEveryStatementIsDocumented holds docs/guards.md to the policies: a row
// for each statement, and none for what isn't there.
func TestEveryStatementIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/guards.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "| ") {
			for _, match := range regexp.MustCompile("`((?:Deny|Seal|Allow)[A-Za-z]+)`").FindAllStringSubmatch(line, -1) {
				documented[match[1]] = true
			}
		}
	}
	declared := map[string]bool{}
	given := fortified()
	given.Encryption.KeyARN = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"
	documents := append(bucketPolicies(whole(), "acme-data"), policyOf(given, "acme-data"), keyPolicyOf(fortified()),
		topicPolicy(whole(), "arn", "acme-data"), trustPolicy("s3.amazonaws.com", nil))
	for _, d := range documents {
		for _, s := range d.Statement {
			declared[s.Sid] = true
			if !documented[s.Sid] {
				t.Errorf("the statement %s has no row in docs/guards.md", s.Sid)
			}
		}
	}
	for sid := range documented {
		if !declared[sid] {
			t.Errorf("docs/guards.md has a row for %s, which no policy has", sid)
		}
	}
}
