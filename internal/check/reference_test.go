package check

import (
	"encoding/json"
	"testing"
)

// TestReferred has the references in a guard's argument, as Terraform 1.11.4
// writes them, and the instance of the bucket that they certainly name.
func TestReferred(t *testing.T) {
	for _, c := range []struct{ name, guard, references, want string }{
		{"a key", "g.g", `["aws_s3_bucket.each[\"a.x\"].id", "aws_s3_bucket.each[\"a.x\"]", "aws_s3_bucket.each"]`,
			`aws_s3_bucket.each["a.x"]`},
		{"a key that isn't the guard's", `g.g["b"]`,
			`["aws_s3_bucket.each[\"a.x\"].id", "aws_s3_bucket.each[\"a.x\"]", "aws_s3_bucket.each"]`,
			`aws_s3_bucket.each["a.x"]`},
		{"a key without an instance", "g.g",
			`["aws_s3_bucket.each[\"c\"].id", "aws_s3_bucket.each[\"c\"]", "aws_s3_bucket.each"]`, ""},
		{"an index", "g.g[0]", `["aws_s3_bucket.n[1].id", "aws_s3_bucket.n[1]", "aws_s3_bucket.n"]`, "aws_s3_bucket.n[1]"},
		{"each.key", `g.g["b"]`, `["aws_s3_bucket.each", "each.key"]`, `aws_s3_bucket.each["b"]`},
		{"each.key twice", `g.g["b"]`, `["aws_s3_bucket.each", "each.key", "aws_s3_bucket.each", "each.key"]`,
			`aws_s3_bucket.each["b"]`},
		{"each.key of another key", `g.g["c"]`, `["aws_s3_bucket.each", "each.key"]`, ""},
		{"count.index", "g.g[1]", `["aws_s3_bucket.n", "count.index"]`, "aws_s3_bucket.n[1]"},
		{"each.value of a set", `g.g["b"]`, `["aws_s3_bucket.each", "each.value"]`, `aws_s3_bucket.each["b"]`},
		{"a part of each.value", `g.g["b"]`, `["aws_s3_bucket.each", "each.value.of", "each.value"]`, ""},
		{"each.key by a variable", `g.g["b"]`, `["aws_s3_bucket.each", "var.m", "each.key"]`, ""},
		{"a splat", "g.g[1]", `["aws_s3_bucket.n"]`, ""},
		{"an attribute", "g.g", `["aws_s3_bucket.one.id", "aws_s3_bucket.one"]`, "aws_s3_bucket.one"},
		{"an attribute, by a guard with a key", `g.g["a"]`, `["aws_s3_bucket.one.id", "aws_s3_bucket.one"]`,
			"aws_s3_bucket.one"},
		{"a splat of one", "g.g", `["aws_s3_bucket.one"]`, "aws_s3_bucket.one"},
		{"one or the other", "g.g", `["var.m", "aws_s3_bucket.n[0].id", "aws_s3_bucket.n[0]", "aws_s3_bucket.n",
			"aws_s3_bucket.n[1].id", "aws_s3_bucket.n[1]", "aws_s3_bucket.n"]`, ""},
		{"one, or one that isn't there", "g.g", `["aws_s3_bucket.none[0].id", "aws_s3_bucket.none[0]", "aws_s3_bucket.none",
			"aws_s3_bucket.n[1].id", "aws_s3_bucket.n[1]", "aws_s3_bucket.n"]`, "aws_s3_bucket.n[1]"},
		{"a local value", "g.g", `["local.bucket"]`, ""},
		{"an output", "g.g", `["module.m[\"a\"].bucket", "module.m[\"a\"]", "module.m"]`, ""},
		{"a data source", "g.g", `["data.aws_s3_bucket.one.id", "data.aws_s3_bucket.one"]`, ""},
		{"in a module", `module.m["b"].g.g`, `["aws_s3_bucket.one.id", "aws_s3_bucket.one"]`,
			`module.m["b"].aws_s3_bucket.one`},
		{"in an instance of a module without the bucket", `module.m["c"].g.g`,
			`["aws_s3_bucket.one.id", "aws_s3_bucket.one"]`, ""},
		{"a name that begins like another", "g.g", `["aws_s3_bucket.one_more.id", "aws_s3_bucket.one_more"]`, ""},
	} {
		var buckets []*resource
		for _, address := range []string{
			`aws_s3_bucket.each["a.x"]`, `aws_s3_bucket.each["b"]`, "aws_s3_bucket.n[0]", "aws_s3_bucket.n[1]",
			"aws_s3_bucket.one", `module.m["a"].aws_s3_bucket.one`, `module.m["b"].aws_s3_bucket.one`,
		} {
			buckets = append(buckets, &resource{address: address, kind: bucketType})
		}
		guard := &resource{address: c.guard}
		if err := json.Unmarshal([]byte(`{"bucket": {"references": `+c.references+`}}`), &guard.expressions); err != nil {
			t.Fatal(err)
		}
		got := ""
		if r := referred(guard, "bucket", byAddress(buckets)); r != nil {
			got = r.address
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestProviderOfModule: a module that inherits its provider has the root module's.
func TestProviderOfModule(t *testing.T) {
	s := &Subject{providers: map[string]provider{"aws": {}, "module.a:aws": {}}}
	for key, want := range map[string]string{
		"aws": "aws", "module.a:aws": "module.a:aws", "module.b:aws": "aws", "aws.none": "aws.none",
	} {
		if got := s.providerKeyOf(key); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
}

// TestNamesInStack: a name that a stack makes longer is another bucket's.
func TestNamesInStack(t *testing.T) {
	for bucket, want := range map[string]int{
		"${aws_s3_bucket.one.bucket}": 1, "${aws_s3_bucket.one.bucket}-archive": 0, "a": 0,
	} {
		guard := &resource{address: "g.g", after: object{"bucket": bucket}}
		if names := guard.namesIn("bucket"); len(names) != want {
			t.Errorf("%s names %v", bucket, names)
		}
	}
}

// TestFollowInstance: of module.m[each.key].id a plan says only module.m and each.key.
func TestFollowInstance(t *testing.T) {
	refers := func(names ...any) outputOf { return outputOf{Expression: object{"references": names}} }
	outputs := map[string]outputOf{
		"id":   refers("aws_s3_bucket.this.id", "aws_s3_bucket.this"),
		"role": refers("aws_iam_role.this.arn", "aws_iam_role.this"),
		"key":  refers("aws_kms_key.this.arn", "aws_kms_key.this"),
		"ours": refers("var.key"),
	}
	handed := object{"key": object{"references": []any{"aws_kms_key.root.arn", "aws_kms_key.root"}}}
	in := &scope{module: &configuredModule{Calls: map[string]configuredCall{
		"m": {Module: &configuredModule{Outputs: outputs}, ForEach: object{}, Expressions: handed},
	}}}
	var buckets []*resource
	for _, key := range []string{"a", "b"} {
		buckets = append(buckets, &resource{address: `module.m["` + key + `"].aws_s3_bucket.this`, kind: bucketType})
	}
	planned := map[string]bool{
		"module.m.aws_iam_role.this": true, "module.m.aws_kms_key.this": true, "aws_kms_key.root": true,
	}
	f := &follower{holders: byAddress(buckets), argument: "bucket", planned: planned}
	of := func() *trail { return f.to([]string{"module.m", "each.key"}, position{in: in, key: `["b"]`}) }
	if is := f.certain(of()); is != buckets[1] {
		t.Errorf("got %v, want the bucket of the instance b", is)
	}
	key := &resource{address: `module.m["b"].aws_kms_key.this`, kind: keyType}
	delete(outputs, "ours")
	delete(outputs, "role")
	planned["module.m.aws_s3_bucket.this"] = true
	keys := &follower{holders: byAddress([]*resource{key}), argument: "key_id", planned: planned}
	if is := keys.certain(keys.to([]string{"module.m", "each.key"}, position{in: in, key: `["b"]`})); is != key {
		t.Errorf("got %v, want the key of the instance b", is)
	}
	outputs["other"] = refers("terraform_data.this.output", "terraform_data.this")
	planned["module.m.terraform_data.this"] = true
	if is := f.certain(of()); is != nil || !of().leads() {
		t.Errorf("got %v, although another output may be meant", is)
	}
}
