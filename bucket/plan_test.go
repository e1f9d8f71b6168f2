package bucket_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"datalock/bucket"
	"datalock/internal/testkit/tftest"
	"datalock/settings"
	"datalock/slimcache"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// A variant is one way to set a switch.
type variant struct {
	name string
	set  func(*settings.Bucket)
}

// switches are all that the settings of a bucket let one switch.
var switches = [][]variant{
	{
		{"compliance", nil},
		{"governance", func(b *settings.Bucket) { b.Retention = settings.Retention{Mode: settings.Governance, Years: 1} }},
	},
	{{"aes", nil},
		{"kms", func(b *settings.Bucket) { b.Encryption.Algorithm = settings.KMS }},
		{"key", func(b *settings.Bucket) { b.Encryption = settings.Encryption{Algorithm: settings.KMS, KeyARN: keyARN} }}},
	{{"tls12", nil}, {"tls13", func(b *settings.Bucket) { b.MinimumTLSVersion = settings.TLS13 }}},
	{{"nomarkers", nil}, {"markers", func(b *settings.Bucket) { b.DeleteMarkers = settings.AllowDeleteMarkers }}},
	{{"rewrite", nil}, {"once", func(b *settings.Bucket) { b.WriteOnce = true }}},
	{{"unsealed", nil}, {"sealed", func(b *settings.Bucket) { b.Guardians = []string{deployer.arn, custodian.arn} }}},
	{{"plain", nil}, {"cold", func(b *settings.Bucket) {
		b.Lifecycle.Transitions = []settings.Transition{
			{Days: 30, StorageClass: settings.OneZoneIA},
			{Days: 60, StorageClass: settings.DeepArchive},
		}
		b.Lifecycle.NoncurrentVersionExpirationDays = 400
	}}},
	{{"prefix", nil}, {"name", func(b *settings.Bucket) { b.Name, b.PreventDestroy = "named", false }}},
}

// combinations returns a bucket for each combination of switches, by an id
// that tells it.
func combinations() map[string]settings.Bucket {
	start := settings.DefaultBucket()
	start.Region, start.Account = "us-east-1", owner
	all := map[string]settings.Bucket{"b": start}
	for _, variants := range switches {
		next := map[string]settings.Bucket{}
		for id, b := range all {
			for _, v := range variants {
				if v.set != nil {
					changed := b
					v.set(&changed)
					next[id+"-"+v.name] = changed
					continue
				}
				next[id+"-"+v.name] = b
			}
		}
		all = next
	}
	for number, id := range slices.Sorted(maps.Keys(all)) {
		b := all[id]
		if b.Name != "" {
			b.Name = fmt.Sprintf("acme-%d", number)
		} else {
			b.NamePrefix = fmt.Sprintf("acme-%d-", number)
		}
		all[id] = b
	}
	return all
}

// triples returns every three of the variants that an id names, which are in
// the order of the switches.
func triples(id string) [][3]string {
	var all [][3]string
	names := strings.Split(id, "-")[1:]
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			for k := j + 1; k < len(names); k++ {
				all = append(all, [3]string{names[i], names[j], names[k]})
			}
		}
	}
	return all
}

// chosen returns some of the buckets: for any three switches, in each way to
// set them, there is one. It takes the one that adds most, again and again.
func chosen(all map[string]settings.Bucket) map[string]settings.Bucket {
	some, covered := map[string]settings.Bucket{}, map[[3]string]bool{}
	for {
		best, most := "", 0
		for _, id := range slices.Sorted(maps.Keys(all)) {
			adds := 0
			for _, triple := range triples(id) {
				if !covered[triple] {
					adds++
				}
			}
			if adds > most {
				best, most = id, adds
			}
		}
		if most == 0 {
			return some
		}
		some[best] = all[best]
		for _, triple := range triples(best) {
			covered[triple] = true
		}
	}
}

// oneKernel is held by what uses jsii: a process has one kernel.
var oneKernel sync.Mutex

// synthesise declares all buckets in one stack, which is far quicker to plan
// than many, and returns its folder.
func synthesise(t *testing.T, buckets map[string]settings.Bucket) string {
	t.Helper()
	oneKernel.Lock()
	defer oneKernel.Unlock()
	slimcache.Use()
	defer jsii.Close()
	out := t.TempDir()
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: jsii.String(out), StackTraces: jsii.Bool(false)})
	stack := offlineStack(app, "all")
	elsewhere := offlineProvider(stack, "elsewhere", "eu-west-1")
	for id, b := range buckets {
		if _, err := bucket.New(stack, id, b, bucket.WithReplicaProvider(elsewhere)); err != nil {
			t.Fatal(err)
		}
	}
	app.Synth()
	return filepath.Join(out, "stacks", "all")
}

// offlineStack returns a stack whose plan asks AWS nothing.
func offlineStack(app cdktf.App, name string) cdktf.TerraformStack {
	stack := cdktf.NewTerraformStack(app, jsii.String(name))
	offlineProvider(stack, "", "us-east-1")
	// Without one cdktf puts the state into the folder that the tests run in.
	cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String("terraform.tfstate")})
	stack.AddOverride(jsii.String("terraform.required_providers.aws.version"), "~> 5.99")
	return stack
}

// offlineProvider returns a provider that asks AWS nothing.
func offlineProvider(stack cdktf.TerraformStack, alias, region string) cdktf.TerraformProvider {
	c := &provider.AwsProviderConfig{
		Region:                    jsii.String(region),
		SkipCredentialsValidation: jsii.Bool(true),
		SkipRequestingAccountId:   jsii.Bool(true),
		SkipMetadataApiCheck:      jsii.String("true"),
	}
	if alias != "" {
		c.Alias = jsii.String(alias)
	}
	return provider.NewAwsProvider(stack, jsii.String("aws"+alias), c)
}

var prefixed = regexp.MustCompile(`^acme-[0-9]+-20[0-9]{12}[0-9a-f]{12}$`)

// A planned resource is one from `terraform show -json` of a plan.
type planned struct {
	Address string
	Type    string
	Change  struct {
		Actions      []string
		After        map[string]any
		AfterUnknown map[string]any `json:"after_unknown"`
	}
}

// mayBeUnknown lists what Terraform can only know after the apply, and what is
// no guard: ids that AWS gives, what follows from them, and values that the
// provider reads back although nobody set them.
var mayBeUnknown = []string{
	"id", "arn", "key_id", "tags_all", "expected_bucket_owner", "transition_default_minimum_object_size",
	"versioning_configuration.mfa_delete", "rule.apply_server_side_encryption_by_default.kms_master_key_id",
	"rule.destination.encryption_configuration.replica_kms_key_id",
}

// mustBeKnown lists what a plan must know of types of which AWS gives much more.
var mustBeKnown = map[string][]string{
	"aws_s3_bucket":       {"bucket", "object_lock_enabled"},
	"aws_iam_role":        {"name", "assume_role_policy"},
	"aws_iam_role_policy": {"role", "policy"},
	"aws_cloudtrail": {
		"name",
		"s3_bucket_name",
		"advanced_event_selector",
		"enable_logging",
		"enable_log_file_validation",
	},
	"aws_sns_topic":               {"name", "policy"},
	"aws_cloudwatch_event_rule":   {"name", "event_pattern", "state"},
	"aws_cloudwatch_event_target": {"rule", "arn"},
}

// unknownGuards returns the attributes of a guard that the plan doesn't know.
func unknownGuards(p planned) []string {
	unknown := p.Change.AfterUnknown
	if guards, some := mustBeKnown[p.Type]; some {
		unknown = map[string]any{}
		for _, key := range guards {
			if value, found := p.Change.AfterUnknown[key]; found {
				unknown[key] = value
			}
		}
	}
	return slices.DeleteFunc(leaves("", unknown), func(path string) bool {
		return slices.Contains(mayBeUnknown, path)
	})
}

// leaves returns the paths to all that is true.
func leaves(path string, value any) []string {
	var found []string
	switch v := value.(type) {
	case bool:
		if v {
			found = append(found, strings.TrimPrefix(path, "."))
		}
	case []any:
		for _, item := range v {
			found = append(found, leaves(path, item)...)
		}
	case map[string]any:
		for key, item := range v {
			found = append(found, leaves(path+"."+key, item)...)
		}
	}
	return found
}

// everyVariable has TestOffline plan all combinations.
const everyVariable = "DATALOCK_TEST_EVERY_COMBINATION"

// TestOffline plans without a network. Its subtests share one provider.
func TestOffline(t *testing.T) {
	t.Parallel()
	tf := tftest.Find(t).Share(t)
	t.Run("combinations", func(t *testing.T) { combinationsPlan(t, tf) })
	t.Run("the name stays", func(t *testing.T) { nameStays(t, tf) })
	t.Run("another prefix is told", func(t *testing.T) { anotherPrefixIsTold(t, tf) })
}

// combinationsPlan has Terraform validate and plan, without a network, a
// bucket for each combination of any three switches; with
// DATALOCK_TEST_EVERY_COMBINATION=1 for each combination of all switches.
func combinationsPlan(t *testing.T, tf tftest.Terraform) {
	t.Helper()
	every := combinations()
	buckets := chosen(every)
	if os.Getenv(everyVariable) == "1" {
		buckets = maps.Clone(every)
	}
	t.Logf("%d of %d combinations", len(buckets), len(every))
	maps.Copy(buckets, topologies())
	count, ends := map[string]int{}, map[string]bool{}
	dir := synthesise(t, buckets)
	tf.Run(t, dir, "init")
	tf.Run(t, dir, "validate")
	for _, p := range planOf(t, tf, dir) {
		count[p.Type]++
		checkPlanned(t, p)
		if name, _ := p.Change.After["bucket"].(string); p.Type == "aws_s3_bucket" &&
			strings.Contains(p.Address, "-prefix_bucket") {
			// All of these are planned in the same second.
			ends[name[len(name)-12:]] = true
			if !prefixed.MatchString(name) {
				t.Errorf("%s is called %s, want the prefix and 26 characters", p.Address, name)
			}
		}
	}
	want, prefixes := map[string]int{}, 0
	for _, b := range buckets {
		if b.Name == "" && b.Evidence == nil {
			prefixes++
		}
		countParts(b, want)
	}
	if len(ends) != prefixes {
		t.Errorf("the names made from a prefix have %d different ends, want %d", len(ends), prefixes)
	}
	for kind, number := range want {
		if count[kind] != number {
			t.Errorf("%d %s are planned, want %d", count[kind], kind, number)
		}
	}
}

// planOf plans a stack without asking AWS anything.
func planOf(t *testing.T, tf tftest.Terraform, dir string) []planned {
	t.Helper()
	tf.Run(t, dir, "plan", "-refresh=false", "-out=plan")
	var plan struct {
		Changes []planned `json:"resource_changes"`
	}
	if err := json.Unmarshal(tf.Run(t, dir, "show", "-json", "plan"), &plan); err != nil {
		t.Fatal(err)
	}
	return plan.Changes
}

// checkPlanned holds a resource to being known; its twin, of whose guards the
// plan knows none, must fail.
func checkPlanned(t *testing.T, p planned) {
	t.Helper()
	if unknown := unknownGuards(p); len(unknown) > 0 {
		t.Errorf("%s: %v are known only after the apply", p.Address, unknown)
	}
	if p.Type == "aws_s3_bucket_policy" {
		checkPlannedPolicy(t, p)
	}
	twin := p
	twin.Change.AfterUnknown = map[string]any{}
	for key := range p.Change.After {
		twin.Change.AfterUnknown[key] = true
	}
	if len(unknownGuards(twin)) == 0 {
		t.Errorf("%s: guards that are known only after the apply go unseen", p.Address)
	}
}

// checkPlannedPolicy holds a policy to the name that its bucket will have.
func checkPlannedPolicy(t *testing.T, p planned) {
	t.Helper()
	var policy struct{ Statement []struct{ Sid string } }
	text, _ := p.Change.After["policy"].(string)
	name, _ := p.Change.After["bucket"].(string)
	if err := json.Unmarshal([]byte(text), &policy); err != nil || len(policy.Statement) < 7 {
		t.Fatalf("%s: %v, %d statements in %q", p.Address, err, len(policy.Statement), text)
	}
	if name == "" || !strings.Contains(text, `"arn:aws:s3:::`+name+`/*"`) || strings.Contains(text, "${") {
		t.Errorf("%s: the policy doesn't name the objects of the bucket %q: %s", p.Address, name, text)
	}
}

// TestChosenCombinations holds the choice to having every three variants.
func TestChosenCombinations(t *testing.T) {
	every := combinations()
	some := chosen(every)
	have := map[[3]string]bool{}
	for id := range some {
		for _, triple := range triples(id) {
			have[triple] = true
		}
	}
	for id := range every {
		for _, triple := range triples(id) {
			if !have[triple] {
				t.Fatalf("none of the chosen buckets has %v", triple)
			}
		}
	}
	if len(every) != 384 || len(some) >= len(every)/4 {
		t.Errorf("%d of %d combinations are chosen", len(some), len(every))
	}
}
