package check

import (
	"reflect"
	"testing"
)

// TestTemplates: what Terraform itself reads of a resource, and cdktf's comments,
// are neither unknown values nor links to buckets.
func TestTemplates(t *testing.T) {
	r := &resource{}
	got := stackDocument{}.templates(object{
		"policy":    "${aws_s3_bucket.a.arn}",
		"bucket":    "acme-data",
		"rule":      []any{object{"days": "${var.days}", "mode": "$${literal}"}},
		"lifecycle": object{"replace_triggered_by": []any{"${aws_s3_bucket.b.id}"}},
		"//":        object{"metadata": object{"path": "${aws_s3_bucket.c.id}"}},
	}, r)
	want := object{
		"policy": true, "bucket": false, "rule": []any{object{"days": true, "mode": false}},
	}
	if !reflect.DeepEqual(got, any(want)) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !reflect.DeepEqual(r.refersTo, []string{"aws_s3_bucket.a"}) {
		t.Errorf("the resource refers to %v, want aws_s3_bucket.a alone", r.refersTo)
	}
}
