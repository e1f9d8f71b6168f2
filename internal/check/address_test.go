package check

import "testing"

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ address, plain, path, key, kind string }{
		{`aws_s3_bucket.b`, `aws_s3_bucket.b`, ``, ``, `aws_s3_bucket`},
		{`aws_s3_bucket.b[0]`, `aws_s3_bucket.b`, ``, `[0]`, `aws_s3_bucket`},
		{`aws_s3_bucket.b["x.y"]`, `aws_s3_bucket.b`, ``, `["x.y"]`, `aws_s3_bucket`},
		{`module.m.aws_s3_bucket.b`, `module.m.aws_s3_bucket.b`, `module.m.`, ``, `aws_s3_bucket`},
		{
			`module.m["a.b"].module.n[1].aws_s3_bucket.b["c"]`,
			`module.m.module.n.aws_s3_bucket.b`,
			`module.m["a.b"].module.n[1].`,
			`["c"]`,
			`aws_s3_bucket`,
		},
		{
			`module.m["a\".aws_s3_bucket.c["].aws_kms_key.k`,
			`module.m.aws_kms_key.k`,
			`module.m["a\".aws_s3_bucket.c["].`,
			``,
			`aws_kms_key`,
		},
		{`module.m["\\"].aws_kms_key.k`, `module.m.aws_kms_key.k`, `module.m["\\"].`, ``, `aws_kms_key`},
		{`module.m`, `module.m`, ``, ``, `module`},
		{`module.m.module.n["k"]`, `module.m.module.n`, `module.m.`, `["k"]`, `module`},
		{``, ``, ``, ``, ``},
		{`["`, ``, ``, `["`, `["`},
	} {
		if got := withoutKeys(c.address); got != c.plain {
			t.Errorf("%s without keys is %q, want %q", c.address, got, c.plain)
		}
		if got := instancePath(c.address); got != c.path {
			t.Errorf("%s is in %q, want %q", c.address, got, c.path)
		}
		if got := instanceKey(c.address); got != c.key {
			t.Errorf("the key of %s is %q, want %q", c.address, got, c.key)
		}
		if got := typeOf(c.address); got != c.kind {
			t.Errorf("the type of %s is %q, want %q", c.address, got, c.kind)
		}
	}
}
