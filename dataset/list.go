package dataset

import (
	"context"
	"fmt"
	"strings"

	"datalock/dataset/internal/store"
	"datalock/dataset/manifest"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Summary is a dataset as its manifest describes it. Nothing of it is
// checked; [Verify] does that.
type Summary struct {
	Location
	RootDigest string             `json:"rootDigest"`
	Files      int64              `json:"files"`
	Bytes      int64              `json:"bytes"`
	Retention  manifest.Retention `json:"retention"`
	// Signed says that there is a signature, by whomever.
	Signed bool `json:"signed"`
	// Problem says why the manifest couldn't be read, or is empty.
	Problem string `json:"problem,omitempty"`
}

// List lists the datasets of a bucket from their manifests alone, sorted by
// prefix. What renewed a retention later isn't in them.
func List(ctx context.Context, client *s3.Client, bucket string) ([]Summary, error) {
	s := store.Store{Client: client, Bucket: bucket}
	if _, err := s.Clock(ctx); err != nil {
		return nil, explain(err)
	}
	all, signed := []Summary{}, map[string]bool{}
	for key, err := range s.Keys(ctx, metaFolder+"/") {
		if err != nil {
			return nil, explain(err)
		}
		rest := strings.TrimPrefix(key, metaFolder+"/")
		if prefix, ok := strings.CutSuffix(rest, "/"+manifestName); ok {
			all = append(all, Summary{Location: Location{bucket, prefix}})
		}
		if prefix, ok := strings.CutSuffix(rest, "/"+signatureName); ok {
			signed[prefix] = true
		}
	}
	for i := range all {
		d := &all[i]
		d.Signed = signed[d.Prefix]
		text, err := fetch(ctx, s, d.meta(manifestName), "")
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			d.Problem = fmt.Sprintf("the manifest couldn't be read: %s", store.Brief(err))
			continue
		}
		d.RootDigest = manifest.RootDigest(text)
		m, err := manifest.Parse(text)
		if err == nil && (Location{m.Predicate.Datalock.Bucket, m.Predicate.Datalock.Prefix}) != d.Location {
			err = fmt.Errorf(
				"it is the manifest of s3://%s/%s",
				m.Predicate.Datalock.Bucket,
				m.Predicate.Datalock.Prefix,
			)
		}
		if err != nil {
			d.Problem = err.Error()
			continue
		}
		d.Files, d.Bytes, d.Retention = m.Predicate.Datalock.Files, m.Predicate.Datalock.Bytes, m.Predicate.Datalock.Retention
	}
	return all, nil
}
