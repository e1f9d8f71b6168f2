package audit_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"datalock/internal/audit"
	"datalock/internal/testkit/testbucket"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A keyring answers as AWS KMS does, which the local server lacks.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
type keyring struct {
	state, policy string
	more          map[string]any // of the key's metadata
	rotated       bool
	every         int
	denies        string // an action
}

func (k *keyring) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	answer := map[string]any{}
	switch {
	case action == k.denies:
		w.WriteHeader(http.StatusBadRequest)
		answer["__type"] = "AccessDeniedException"
	case action == "DescribeKey" && k.state == "":
		w.WriteHeader(http.StatusBadRequest)
		answer["__type"] = "NotFoundException"
	case action == "DescribeKey":
		metadata := map[string]any{
			"KeyId":      testbucket.KeyARN,
			"Arn":        testbucket.KeyARN,
			"KeyState":   k.state,
			"KeyManager": "CUSTOMER",
		}
		for name, value := range k.more {
			metadata[name] = value
		}
		answer["KeyMetadata"] = metadata
	case action == "GetKeyRotationStatus":
		answer["KeyRotationEnabled"], answer["RotationPeriodInDays"] = k.rotated, k.every
	case action == "GetKeyPolicy":
		answer["Policy"] = k.policy
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (k *keyring) client(t testing.TB) *kms.Client {
	t.Helper()
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	return kms.New(kms.Options{
		Region: "eu-central-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
}

// testEveryGuard audits a bucket with every setting, and what only it has: the
// seal, write-once keys, transitions and a key of the stack.
func testEveryGuard(t *testing.T, l testServer) {
	const bucket = "everything"
	l.hand.Deploy(t, "everything-on", "training-data", bucket)
	c := audit.Config{
		Bucket: bucket, Stack: "training-data", Wanted: declared(t, "everything-on", "training-data", bucket),
		SkipVersions: true,
	}
	// The local server has only one Region.
	c.Wanted.Region = l.Region
	c = servicesOf(t, bucket, c.Wanted.Replica.Region).in(c)
	policy := deployedKeyPolicy(t)
	sound := keyring{state: "Enabled", policy: policy, rotated: true, every: 365}
	for _, one := range []struct {
		name   string
		change func(k *keyring)
		rule   string // "" for none, "unknown" for a part that isn't known
		says   string
	}{
		{"a sound key", func(*keyring) {}, "", ""},
		{"a key that will be deleted", func(k *keyring) {
			k.state, k.more = "PendingDeletion", map[string]any{"DeletionDate": 1.8e9}
		}, "key-disabled", "it is deleted on 2027-01-15"},
		{"a disabled key", func(k *keyring) { k.state = "Disabled" }, "key-disabled", "is Disabled"},
		{"no key", func(k *keyring) { k.state = "" }, "key-disabled", "there is no key"},
		{
			"material that expires",
			func(k *keyring) { k.more = map[string]any{"ValidTo": 1.8e9} },
			"key-disabled",
			"expires at 2027-01-15",
		},
		{"no rotation", func(k *keyring) { k.rotated = false }, "key-rotation-off", "isn't rotated"},
		{"rare rotation", func(k *keyring) { k.every = 2560 }, "key-rotation-off", "every 2560 days"},
		{"a policy without its seal", func(k *keyring) {
			k.policy = strings.Replace(policy, `"kms:PutKeyPolicy"`, `"kms:TagResource"`, 1)
		}, "policy-loosened", "SealKeyPolicy no longer denies kms:putkeypolicy"},
		{"a policy that lets the key go", func(k *keyring) {
			k.policy = strings.Replace(policy, `"kms:ScheduleKeyDeletion"`, `"kms:TagResource"`, 1)
		}, "policy-loosened", "DenyKeyLoss no longer denies kms:schedulekeydeletion"},
		{"no right to describe", func(k *keyring) { k.denies = "DescribeKey" }, "unknown", "kms:DescribeKey is denied"},
		{"no right to the policy", func(k *keyring) { k.denies = "GetKeyPolicy" }, "unknown", "kms:GetKeyPolicy is denied"},
		{
			"no right to the rotation",
			func(k *keyring) { k.denies = "GetKeyRotationStatus" },
			"unknown",
			"kms:GetKeyRotationStatus is denied",
		},
	} {
		k := sound
		one.change(&k)
		c.KMS = k.client(t)
		b := l.audited(t, c)
		got, told := rulesOf(b.Findings), ""
		for _, f := range b.Findings {
			told += f.Message + "\n"
		}
		for _, p := range b.Unknown() {
			told += p.Reason + "\n"
		}
		want := []string{one.rule}
		if one.rule == "" || one.rule == "unknown" {
			want = nil
		}
		unknown := one.rule == "unknown" || one.name == "no key"
		if !slices.Equal(got, want) || !strings.Contains(told, one.says) || unknown != (len(b.Unknown()) > 0) {
			t.Errorf("%s: found %v, unknown %v: %s", one.name, got, b.Unknown(), told)
		}
	}
	l.driftOfEverything(t, c, sound)
}

// deployedKeyPolicy is the policy of the key that the app writes.
func deployedKeyPolicy(t *testing.T) string {
	t.Helper()
	text := testbucket.Snapshot(t, "everything-on", "training-data")
	var file struct {
		Resource struct {
			Key map[string]struct{ Policy string } `json:"aws_kms_key"`
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Resource.Key["key"].Policy
}

// driftOfEverything weakens the guards that a default bucket lacks.
func (l testServer) driftOfEverything(t *testing.T, c audit.Config, sound keyring) {
	c.KMS = sound.client(t)
	whole := policyOf(t, l, c.Bucket)
	for _, sid := range []string{"DenyOverwrite", "SealConfiguration", "SealObjectACLs", "SealLegalHolds"} {
		// A statement that denies nothing that matters stands in its place.
		if err := l.hand.Policy(t, c.Bucket, withoutStatement(t, whole, sid)); err != nil {
			t.Fatal(err)
		}
		b := l.audited(t, c)
		if got := rulesOf(b.Findings); !slices.Equal(got, []string{"policy-loosened"}) ||
			!strings.Contains(b.Findings[0].Message, "statement "+sid+" is gone") {
			t.Errorf("without %s: found %+v", sid, b.Findings)
		}
	}
	if err := l.hand.Policy(t, c.Bucket, whole); err != nil {
		t.Fatal(err)
	}
	if err := l.hand.Encrypt(t, c.Bucket, types.ServerSideEncryptionAes256, ""); err != nil {
		t.Fatal(err)
	}
	if got := rulesOf(l.audited(t, c).Findings); !slices.Equal(got, []string{"encryption-weakened"}) {
		t.Errorf("AES256 in the place of aws:kms: found %v", got)
	}
	if err := l.hand.Encrypt(t, c.Bucket, types.ServerSideEncryptionAwsKms, ""); err != nil {
		t.Fatal(err)
	}
	if got := rulesOf(l.audited(t, c).Findings); !slices.Equal(got, []string{"encryption-weakened"}) {
		t.Errorf("aws:kms without a key: found %v", got)
	}
	if err := l.hand.Encrypt(t, c.Bucket, types.ServerSideEncryptionAwsKms, testbucket.KeyARN); err != nil {
		t.Fatal(err)
	}
	l.driftOfCopies(t, c)
	c.Wanted.DataEvents = nil
	if err := l.hand.Log(t, c.Bucket, nil); err != nil {
		t.Fatal(err)
	}
	if got := rulesOf(l.audited(t, c).Findings); !slices.Equal(got, []string{"logging-changed"}) {
		t.Errorf("no access logs: found %v", got)
	}
	to := &types.LoggingEnabled{TargetBucket: aws.String(testbucket.Evidence), TargetPrefix: aws.String("access-logs/")}
	if err := l.hand.Log(t, c.Bucket, to); err != nil {
		t.Fatal(err)
	}
	if _, err := l.hand.DeleteBucketInventoryConfiguration(t.Context(), &s3.DeleteBucketInventoryConfigurationInput{
		Bucket: &c.Bucket, Id: aws.String("datalock"),
	}); err != nil {
		t.Fatal(err)
	}
	if got := rulesOf(l.audited(t, c).Findings); !slices.Equal(got, []string{"inventory-changed"}) {
		t.Errorf("no inventory: found %v", got)
	}
	c.Wanted.Inventory = nil
	c.Wanted.Encryption.KeyARN = testbucket.KeyARN + "0"
	if got := rulesOf(l.audited(t, c).Findings); !slices.Contains(got, "encryption-weakened") {
		t.Errorf("another key: found %v", got)
	}
	c.Wanted.Encryption.KeyARN, c.KMS = "", nil
	b := l.audited(t, c)
	if b.Status() != audit.Unknown || len(b.Unknown()) != 3 {
		t.Errorf("without KMS: %v", b.Unknown())
	}
}

// driftOfCopies weakens the replication, the notification of failed copies and the
// inventory: that they are there isn't enough.
func (l testServer) driftOfCopies(t *testing.T, c audit.Config) {
	was, err := l.hand.GetBucketReplication(t.Context(), &s3.GetBucketReplicationInput{Bucket: &c.Bucket})
	if err != nil {
		t.Fatal(err)
	}
	role, rule := *was.ReplicationConfiguration.Role, was.ReplicationConfiguration.Rules[0]
	topics, err := l.hand.GetBucketNotificationConfiguration(t.Context(),
		&s3.GetBucketNotificationConfigurationInput{Bucket: &c.Bucket})
	if err != nil {
		t.Fatal(err)
	}
	topic := topics.TopicConfigurations[0]
	inventories, err := l.hand.ListBucketInventoryConfigurations(t.Context(),
		&s3.ListBucketInventoryConfigurationsInput{Bucket: &c.Bucket})
	if err != nil {
		t.Fatal(err)
	}
	list := inventories.InventoryConfigurationList[0]
	copies := func(change func(role *string, r *types.ReplicationRule)) func() error {
		return func() error {
			role, rule := role, rule
			to := *rule.Destination
			rule.Destination = &to
			change(&role, &rule)
			return l.hand.Copy(t, c.Bucket, role, rule)
		}
	}
	sends := func(all ...types.TopicConfiguration) func() error {
		return func() error {
			return l.hand.Notify(t, c.Bucket, &types.NotificationConfiguration{TopicConfigurations: all})
		}
	}
	of := func(change func(*types.TopicConfiguration)) types.TopicConfiguration {
		topic := topic
		change(&topic)
		return topic
	}
	copiesAll := copies(func(*string, *types.ReplicationRule) {})
	listsAll := func() error { return l.hand.Inventory(t, c.Bucket, &list) }
	const replication, failures = "replication-missing", "notification-missing"
	for _, one := range []struct {
		name, want      string
		weaken, restore func() error
	}{
		{"nothing", "", copiesAll, copiesAll},
		{"another bucket", "replicated-elsewhere " + replication, copies(func(_ *string, r *types.ReplicationRule) {
			r.Destination.Bucket = aws.String("arn:aws:s3:::elsewhere")
		}), copiesAll},
		{"another role", replication, copies(func(role *string, _ *types.ReplicationRule) {
			*role = "arn:aws:iam::999999999999:role/somebody-else"
		}), copiesAll},
		{"a prefix", replication, copies(func(_ *string, r *types.ReplicationRule) {
			r.Filter = &types.ReplicationRuleFilter{Prefix: aws.String("nothing-here/")}
		}), copiesAll},
		{"delete markers", replication, copies(func(_ *string, r *types.ReplicationRule) {
			r.DeleteMarkerReplication = &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusEnabled}
		}), copiesAll},
		{"delete markers, by a second rule", replication, func() error {
			second := rule
			second.ID, second.Priority = aws.String("second"), aws.Int32(9)
			second.DeleteMarkerReplication = &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusEnabled}
			return l.hand.Copy(t, c.Bucket, role, rule, second)
		}, copiesAll},
		{"no metrics", replication, copies(func(_ *string, r *types.ReplicationRule) {
			r.Destination.Metrics = nil
		}), copiesAll},
		{"no objects under KMS keys", replication, copies(func(_ *string, r *types.ReplicationRule) {
			r.SourceSelectionCriteria = nil
		}), copiesAll},
		{"no key", replication, copies(func(_ *string, r *types.ReplicationRule) {
			r.Destination.EncryptionConfiguration = nil
		}), copiesAll},
		{"a filtered inventory", "inventory-changed", func() error {
			list := list
			list.Filter = &types.InventoryFilter{Prefix: aws.String("nothing-here/")}
			return l.hand.Inventory(t, c.Bucket, &list)
		}, listsAll},
		{"no notification", failures, sends(), sends(topic)},
		{"other events", failures, sends(of(func(c *types.TopicConfiguration) {
			c.Events = []types.Event{"s3:ObjectTagging:*"}
		})), sends(topic)},
		{"events of some keys", failures, sends(of(func(c *types.TopicConfiguration) {
			c.Filter = &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: []types.FilterRule{
				{Name: types.FilterRuleNamePrefix, Value: aws.String("nothing-here/")},
			}}}
		})), sends(topic)},
	} {
		if err := one.weaken(); err != nil {
			t.Fatalf("%s: %v", one.name, err)
		}
		if b := l.audited(t, c); strings.Join(rulesOf(b.Findings), " ") != one.want {
			t.Errorf("%s: found %+v, want %s", one.name, b.Findings, one.want)
		}
		if err := one.restore(); err != nil {
			t.Fatalf("%s: %v", one.name, err)
		}
	}
}

func withoutStatement(t *testing.T, policy, sid string) string {
	t.Helper()
	var document struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		t.Fatal(err)
	}
	before := len(document.Statement)
	document.Statement = slices.DeleteFunc(document.Statement, func(s map[string]any) bool { return s["Sid"] == sid })
	if len(document.Statement) != before-1 {
		t.Fatalf("there is no statement %s", sid)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
