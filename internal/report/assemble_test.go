package report

import "testing"

func TestKindOf(t *testing.T) {
	for endpoint, want := range map[string]string{
		"": AWS, "https://s3.eu-central-1.amazonaws.com": AWS, "https://s3.eu-central-1.amazonaws.com/": AWS,
		"http://127.0.0.1:9000": Other, "https://amazonaws.com.example.org": Other,
	} {
		if got := KindOf(endpoint); got != want {
			t.Errorf("%q is %q, want %q", endpoint, got, want)
		}
	}
}
