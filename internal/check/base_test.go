package check_test

import (
	"encoding/json"
	"strconv"
	"strings"
)

// baseSettings are those of the stack that the fixtures deploy and change.
// preventDestroy is off: with it Terraform itself refuses most of the plans
// that the rules have to stop.
const baseSettings = `{
	"region": "us-east-1",
	"endpoint": "ENDPOINT",
	"backend": {"local": {"path": "../../../{stack}.tfstate"}},
	"buckets": {"training-data": {
		"name": "acme-training-data",
		"encryption": {"algorithm": "aws:kms", "keyArn": "` + keyARN + `"},
		"guardians": ["` + guardianARN + `", "` + secondARN + `"],
		"lifecycle": {"noncurrentVersionExpirationDays": 365},
		"preventDestroy": false
	}}
}`

// wholeSettings are those of the whole topology.
const wholeSettings = `{
	"region": "us-east-1",
	"account": "012345678901",
	"backend": {"local": {"path": "../../../{stack}.tfstate"}},
	"buckets": {"training-data": {
		"name": "acme-whole",
		"encryption": {"algorithm": "aws:kms"},
		"evidence": {}, "accessLogs": true, "inventory": {}, "batch": true, "replica": {"region": "eu-west-1"}, "dataEvents": {},
		"preventDestroy": false
	}}
}`

const (
	keyARN       = "arn:aws:kms:us-east-1:012345678901:key/01234567-89ab-cdef-0123-456789abcdef"
	otherKeyARN  = "arn:aws:kms:us-east-1:012345678901:key/fedcba98-7654-3210-fedc-ba9876543210"
	guardianARN  = "arn:aws:iam::012345678901:role/deployer"
	secondARN    = "arn:aws:iam::012345678901:role/custodian"
	otherAccount = "210987654321"
	// stsURL stands for the address of an STS that says it is otherAccount.
	stsURL = "STS"

	// keyMaterial is no key of anybody's.
	keyMaterial = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

	emptyPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	keyAllow    = `{"Sid":"AllowThroughIAM","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::012345678901:root"},"Action":"kms:*","Resource":"*"}`
	keyPolicy   = `{"Version":"2012-10-17","Statement":[` + keyAllow +
		`,{"Sid":"DenyKeyLoss","Effect":"Deny","Principal":"*","Action":["kms:DeleteImportedKeyMaterial","kms:DisableKey","kms:ScheduleKeyDeletion"],"Resource":"*"}]}`
	openKeyPolicy = `{"Version":"2012-10-17","Statement":[` + keyAllow + `]}`
)

// stackJSON is a stack's Terraform JSON, or a part of a state. Paths are keys and
// indices with dots between them.
type stackJSON map[string]any

// parent returns what holds the last part of a path, and that part; objects on
// the way are made where there are none.
func (s stackJSON) parent(path string) (any, string) {
	parts := strings.Split(path, ".")
	var value any = map[string]any(s)
	for _, part := range parts[:len(parts)-1] {
		if list, is := value.([]any); is {
			i, err := strconv.Atoi(part)
			if err != nil {
				panic(path + ": " + err.Error())
			}
			value = list[i]
			continue
		}
		object := value.(map[string]any)
		if object[part] == nil {
			object[part] = map[string]any{}
		}
		value = object[part]
	}
	return value, parts[len(parts)-1]
}

func (s stackJSON) set(path string, value any) {
	switch parent, last := s.parent(path); parent := parent.(type) {
	case map[string]any:
		parent[last] = value
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil {
			panic(path + ": " + err.Error())
		}
		parent[i] = value
	}
}

// get returns the value at a path.
func (s stackJSON) get(path string) any {
	parent, last := s.parent(path)
	return parent.(map[string]any)[last]
}

// drop removes the value at a path, which has to be there.
func (s stackJSON) drop(path string) {
	parent, last := s.parent(path)
	if object, is := parent.(map[string]any); is {
		if _, there := object[last]; !there {
			panic("nothing to drop at " + path)
		}
		delete(object, last)
		// A type of resources without any is no Terraform.
		parts := strings.Split(path, ".")
		if n := len(parts); len(object) == 0 && n >= 3 && parts[n-3] == "resource" {
			s.drop(strings.Join(parts[:n-1], "."))
		}
		return
	}
	i, err := strconv.Atoi(last)
	if err != nil {
		panic(path + ": " + err.Error())
	}
	list := parent.([]any)
	s.set(path[:strings.LastIndexByte(path, '.')], append(list[:i:i], list[i+1:]...))
}

// policy changes the statements of the bucket policy.
func (s stackJSON) policy(change func(statements []any) []any) {
	var policy map[string]any
	if err := json.Unmarshal([]byte(s.get(policyAt+".policy").(string)), &policy); err != nil {
		panic(err)
	}
	policy["Statement"] = change(policy["Statement"].([]any))
	text, err := json.Marshal(policy)
	if err != nil {
		panic(err)
	}
	s.set(policyAt+".policy", string(text))
}

func addKey(s stackJSON) {
	s.set(keyAt, map[string]any{
		"description":             "Encrypts an immutable bucket.",
		"deletion_window_in_days": 30,
		"enable_key_rotation":     true,
		"policy":                  keyPolicy,
	})
}

func addImported(s stackJSON) {
	s.set(importedAt, map[string]any{
		"description":             "Encrypts an immutable bucket.",
		"deletion_window_in_days": 30,
		"enabled":                 true,
		"key_material_base64":     keyMaterial,
		"policy":                  keyPolicy,
	})
}

func addObject(s stackJSON) {
	s.set(objectAt, map[string]any{"bucket": "${aws_s3_bucket.bucket.bucket}", "key": "manifest.json", "content": "{}",
		"object_lock_mode": "COMPLIANCE", "object_lock_retain_until_date": "2030-06-01T00:00:00Z",
		"object_lock_legal_hold_status": "ON",
		"depends_on":                    []any{"aws_s3_bucket_object_lock_configuration.object_lock"}})
}

func addLogs(s stackJSON) {
	s.set(logsAt, map[string]any{"bucket": "acme-access-logs"})
	s.set(logsBlockAt, map[string]any{"bucket": "${aws_s3_bucket.logs.bucket}", "block_public_acls": true})
}

func move(s stackJSON) {
	s.set("resource.aws_s3_bucket_policy.seal", s.get(policyAt))
	s.drop(policyAt)
	s.set("moved", []any{map[string]any{"from": "aws_s3_bucket_policy.policy", "to": "aws_s3_bucket_policy.seal"}})
}

func forget(addresses ...string) func(stackJSON) {
	return func(s stackJSON) {
		var removed []any
		for _, address := range addresses {
			removed = append(removed, map[string]any{"from": address, "lifecycle": map[string]any{"destroy": false}})
		}
		s.set("removed", removed)
	}
}

func forgetAll(s stackJSON) {
	var addresses []string
	for _, at := range []string{
		bucketAt, versioningAt, lockAt, blockAt, ownershipAt, encryptionAt, policyAt, lifecycleAt,
	} {
		addresses = append(addresses, strings.TrimPrefix(at, "resource."))
	}
	forget(addresses...)(s)
	drop("resource", "output")(s)
}

// forEach makes the bucket and its guards once for each key, with names that
// are known after the apply alone.
func forEach(keys ...string) func(stackJSON) {
	return func(s stackJSON) {
		text, err := json.Marshal(s["resource"])
		if err != nil {
			panic(err)
		}
		var resources map[string]any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "${aws_s3_bucket.bucket.bucket}",
			"${aws_s3_bucket.bucket[each.key].bucket}")), &resources); err != nil {
			panic(err)
		}
		s["resource"] = resources
		for kind := range resources {
			for name := range resources[kind].(map[string]any) {
				s.set("resource."+kind+"."+name+".for_each", each(keys...))
			}
		}
		drop(bucketAt+".bucket", "output")(s)
		set(bucketAt+".bucket_prefix", "acme-")(s)
	}
}

func each(keys ...string) string {
	return "${toset([\"" + strings.Join(keys, "\", \"") + "\"])}"
}

// counted makes the bucket and its guards twice by count.
func counted(s stackJSON) {
	forEach("a", "b")(s)
	text, err := json.Marshal(s["resource"])
	if err != nil {
		panic(err)
	}
	plain := strings.NewReplacer(`"for_each":`, `"count":`, `"${toset([\"a\", \"b\"])}"`, "2", "[each.key]",
		"[count.index]").Replace(string(text))
	var resources map[string]any
	if err := json.Unmarshal([]byte(plain), &resources); err != nil {
		panic(err)
	}
	s["resource"] = resources
}

// statePolicy changes one statement of the policy that a state has.
func statePolicy(sid string, change func(map[string]any)) func(stackJSON) {
	return func(state stackJSON) {
		policy := attributes(state, "aws_s3_bucket_policy")
		s := stackJSON{}
		s.set(policyAt+".policy", policy["policy"])
		statement(sid, change)(s)
		policy["policy"] = s.get(policyAt + ".policy")
	}
}

// stateOf sets an attribute that a state has of the one resource of a type.
func stateOf(kind, attribute string, value any) func(stackJSON) {
	return func(state stackJSON) { attributes(state, kind)[attribute] = value }
}

// deposed adds an object that was to be replaced, and that somebody has
// deleted.
func deposed(kind string, values map[string]any) func(stackJSON) {
	return func(state stackJSON) {
		state["resources"] = append(state["resources"].([]any), map[string]any{
			"mode": "managed", "type": kind, "name": "old", "provider": `provider["registry.terraform.io/hashicorp/aws"]`,
			"instances": []any{map[string]any{"deposed": "abcd1234", "schema_version": 0, "attributes": values}},
		})
	}
}

// byAlias gives every resource a provider of another name, in a Region.
func byAlias(region string) func(stackJSON) {
	return func(s stackJSON) {
		providers := s["provider"].(map[string]any)["aws"].([]any)
		alias := map[string]any{}
		for key, value := range providers[0].(map[string]any) {
			alias[key] = value
		}
		alias["alias"], alias["region"] = "home", region
		s.set("provider.aws", append(providers, alias))
		for kind, named := range s["resource"].(map[string]any) {
			for name := range named.(map[string]any) {
				s.set("resource."+kind+"."+name+".provider", "aws.home")
			}
		}
	}
}

// deployedBy has the provider assume a role.
func deployedBy(role string) func(stackJSON) {
	return several(set("provider.aws.0.endpoints.0.sts", stsURL),
		set("provider.aws.0.assume_role", []any{map[string]any{"role_arn": role}}))
}

// notPrincipal has a statement be about everybody but some roles.
func notPrincipal(roles ...any) func(map[string]any) {
	return func(s map[string]any) {
		delete(s, "Principal")
		s["NotPrincipal"] = map[string]any{"AWS": roles}
	}
}

// when gives a statement another condition.
func when(operator, key string, values ...any) func(map[string]any) {
	return func(s map[string]any) { s["Condition"] = map[string]any{operator: map[string]any{key: values}} }
}

// denyReading denies everybody reading every object, under some condition.
func denyReading(condition map[string]any) func(stackJSON) {
	return func(s stackJSON) {
		s.policy(func(statements []any) []any {
			one := map[string]any{
				"Sid":       "DenyReading",
				"Effect":    "Deny",
				"Principal": "*",
				"Action":    "s3:GetObject*",
				"Resource":  "arn:aws:s3:::acme-training-data/*",
			}
			if condition != nil {
				one["Condition"] = condition
			}
			return append(statements, one)
		})
	}
}

// drift makes a state say that the retention was longer than it is found.
func drift(state stackJSON) {
	for _, r := range state["resources"].([]any) {
		if r := r.(map[string]any); r["type"] == "aws_s3_bucket_object_lock_configuration" {
			stackJSON(r).set("instances.0.attributes.rule.0.default_retention.0.days", 365)
		}
	}
}

// attributes returns what a state has of the one resource of a type.
func attributes(state stackJSON, kind string) stackJSON {
	for _, r := range state["resources"].([]any) {
		if r := r.(map[string]any); r["type"] == kind {
			return stackJSON(r["instances"].([]any)[0].(map[string]any)["attributes"].(map[string]any))
		}
	}
	panic("the state has no " + kind)
}

// fresh makes a state say of the bucket what it says right after the first
// apply: nothing of the guards, which are made after it.
func fresh(state stackJSON) {
	bucket := attributes(state, "aws_s3_bucket")
	bucket["policy"] = ""
	bucket["object_lock_configuration"] = []any{}
	bucket["server_side_encryption_configuration"] = []any{}
}

// shorter makes a state say that the retention was shorter than it is found.
func shorter(state stackJSON) {
	attributes(state, "aws_s3_bucket_object_lock_configuration").set("rule.0.default_retention.0.days", 30)
}

// unsealed makes a state say that the policy had fewer statements than are
// found.
func unsealed(state stackJSON) {
	policy := attributes(state, "aws_s3_bucket_policy")
	s := stackJSON{}
	s.set(policyAt+".policy", policy["policy"])
	without("DenyDeleteMarkers")(s)
	policy["policy"] = s.get(policyAt + ".policy")
}

// secondLock is a lock configuration that is weaker than that of the base.
func secondLock(bucket string) map[string]any {
	return map[string]any{
		"bucket": bucket,
		"rule":   map[string]any{"default_retention": map[string]any{"mode": "GOVERNANCE", "days": 1}},
	}
}

// aes is a default encryption rule without a KMS key.
var aes = map[string]any{"apply_server_side_encryption_by_default": map[string]any{"sse_algorithm": "AES256"}}

// replication copies everything into a bucket of another account.
func replication(status string) map[string]any {
	return map[string]any{"bucket": "${aws_s3_bucket.bucket.bucket}", "role": guardianARN,
		"rule": []any{map[string]any{"id": "all", "status": status,
			"destination": map[string]any{
				"bucket":                     "arn:aws:s3:::acme-copies",
				"account":                    otherAccount,
				"access_control_translation": map[string]any{"owner": "Destination"},
			}}}}
}

// intoModules puts everything into a module with two instances. The generator
// writes the contents of modules into a separate folder.
func intoModules(s stackJSON) {
	text, err := json.Marshal(s["resource"])
	if err != nil {
		panic(err)
	}
	var resources map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "acme-training-data", "acme-${var.name}")),
		&resources); err != nil {
		panic(err)
	}
	s["modules"] = map[string]any{
		"dataset": map[string]any{"resource": resources, "variable": map[string]any{"name": map[string]any{}}},
	}
	s["module"] = map[string]any{
		"dataset": map[string]any{
			"source":   "./dataset",
			"for_each": "${toset([\"raw.eu\", \"raw.us\"])}",
			"name":     "${each.key}",
		},
	}
	drop("resource", "output")(s)
}

func dropFromModule(s stackJSON) {
	drop("modules.dataset."+lockAt, "modules.dataset."+policyAt+".depends_on")(s)
}
