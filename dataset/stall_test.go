package dataset_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"datalock/dataset"
	"datalock/internal/s3get"
	"datalock/internal/testkit/s3proxy"
)

// TestSilentServer: a server that stops in the middle of an answer is asked again,
// whatever is read. It isn't parallel: it shortens how long all downloads wait.
func TestSilentServer(t *testing.T) {
	before := s3get.Stall
	t.Cleanup(func() { s3get.Stall = before })
	s3get.Stall = 500 * time.Millisecond
	l := newTestServer(t)
	l.bucket(t, "data", compliance, 1)
	key, _ := newKey(t)
	croissant := &dataset.Croissant{License: "CC-BY-4.0", Creator: "Acme"}
	dir, p := l.published(t, "s3://data/set", dataset.PublishOptions{Key: key, Croissant: croissant})
	_, err := dataset.Renew(t.Context(), l.Client, at(t, "s3://data/set"), dataset.RenewOptions{Days: 5})
	must(t, err)
	proxy := s3proxy.Start(t, l.Endpoint)
	client, set := l.as(proxy.URL, l.AccessKey, l.SecretKey), at(t, "s3://data/set")
	for name, c := range map[string]struct {
		reads int
		do    func(context.Context) error
	}{
		"verify": {5, func(ctx context.Context) error {
			v, err := dataset.Verify(ctx, client, set, dataset.VerifyOptions{Key: key})
			if err == nil && !v.Clean() {
				t.Error(names(v))
			}
			return err
		}},
		"verify --read": {5 + 7, func(ctx context.Context) error {
			v, err := dataset.Verify(ctx, client, set, dataset.VerifyOptions{Root: p.RootDigest, Read: true})
			if err == nil && !v.Clean() {
				t.Error(names(v))
			}
			return err
		}},
		"verify --local": {5, func(ctx context.Context) error {
			_, err := dataset.VerifyCopy(ctx, client, set, dir, dataset.VerifyOptions{})
			return err
		}},
		"renew": {5, func(ctx context.Context) error {
			_, err := dataset.Renew(ctx, client, set, dataset.RenewOptions{Days: 9, PlanOnly: true})
			return err
		}},
		"list": {3, func(ctx context.Context) error {
			all, err := dataset.List(ctx, client, "data")
			if err == nil && (len(all) != 1 || all[0].Problem != "") {
				t.Errorf("listed are %+v", all)
			}
			return err
		}},
		"publish": {5, func(ctx context.Context) error {
			_, err := dataset.Publish(ctx, client, dir, set, dataset.PublishOptions{Key: key, Croissant: croissant})
			return err
		}},
	} {
		held := proxy.HoldBack(20)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		err := c.do(ctx)
		cancel()
		if err != nil || len(held()) != c.reads {
			t.Errorf("%s: %v, held back were %v, not %d", name, err, held(), c.reads)
		}
		if !slices.Contains(held(), "/data/.datalock/set/manifest.json") {
			t.Errorf("%s: the manifest wasn't held back", name)
		}
	}
}
