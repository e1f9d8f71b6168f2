package settings_test

import (
	"slices"
	"testing"

	"datalock/settings"
)

func TestStacksOf(t *testing.T) {
	s := settings.Settings{Buckets: map[string]settings.Bucket{
		"named":    {Name: "acme-data", Evidence: &settings.Evidence{}, Replica: &settings.Replica{Name: "acme-copy"}},
		"prefixed": {NamePrefix: "acme-"},
		"acme":     {},
		"acme-raw": {},
		"other":    {Name: "other-data"},
	}}
	for bucket, want := range map[string][]string{
		"acme-data":   {"named"},
		"acme-data-2": {"acme", "prefixed"},
		"acme-raw-2":  {"acme-raw"},
		"acme":        nil,
		"other-data":  {"other"},
		"other-1":     nil,
		"":            nil,

		"acme-data-evidence": nil,
		"acme-copy":          nil,
	} {
		if got := s.StacksOf(bucket); !slices.Equal(got, want) {
			t.Errorf("the stacks of %q are %q, want %q", bucket, got, want)
		}
	}
	for bucket, want := range map[string]string{
		"acme-data": "named", "acme-data-evidence": "named", "acme-copy": "named", "acme-raw-2-replica": "acme-raw",
		"acme-data-2": "", "other-1": "",
	} {
		if got := s.StackOf(bucket); got != want {
			t.Errorf("the stack of %q is %q, want %q", bucket, got, want)
		}
	}
}
