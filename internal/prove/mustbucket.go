package prove

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func judgeOneWinner(ctx context.Context, a *attempt) (bool, string, error) {
	if a.got.winners != 1 {
		return false, fmt.Sprintf("%d of %d writers were told that they won", a.got.winners, racers), nil
	}
	versions, err := a.versionsOf(ctx, a.aside)
	if err != nil {
		return false, "", err
	}
	if len(versions) != 1 {
		return false, fmt.Sprintf("one writer was told that it won, but %d versions are stored", len(versions)), nil
	}
	state, err := a.read(ctx, versions[0])
	if err != nil {
		return false, "", err
	}
	if state.SHA256 != a.victim.sum {
		return false, "what is stored isn't the winner's data", nil
	}
	return true, "one writer won: " + state.String(), nil
}

func judgeEnds(ctx context.Context, a *attempt) (bool, string, error) {
	if a.got.early {
		return false, "the version was deleted before its retention ended", nil
	}
	after, err := a.read(ctx, a.victim)
	if err != nil {
		return false, "", err
	}
	if after.Readable {
		return false, "the version can't be deleted after its retention ended: " + after.String(), nil
	}
	return true, "kept until " + a.wanted.Format("15:04:05") + " UTC, then deleted on request", nil
}

func judgeSetting(ctx context.Context, a *attempt) (bool, string, error) {
	if a.got.setting != "" {
		return false, a.got.setting, nil
	}
	return judgeKept(ctx, a)
}

// judgeAll reads every version that the run locked in the bucket.
func judgeAll(ctx context.Context, a *attempt) (bool, string, error) {
	ok, text, err := judgeKept(ctx, a)
	if err != nil || !ok {
		return ok, text, err
	}
	known := a.ledger.all()
	for _, entry := range known {
		after, err := a.read(ctx, entry.version)
		if err != nil {
			return false, "", err
		}
		if harm := weaker(entry.state, after, entry.version.sum); harm != "" {
			return false, entry.version.key + ": " + harm, nil
		}
	}
	return true, fmt.Sprintf("%d locked versions read back unchanged", len(known)), nil
}

// versionsOf lists the versions, not the delete markers, of all keys that
// begin with prefix.
func (l *lab) versionsOf(ctx context.Context, prefix string) ([]version, error) {
	versions, _, err := l.list(ctx, prefix)
	return versions, err
}

// list returns the versions and the delete markers below a prefix; a bucket
// that is gone has none.
func (l *lab) list(ctx context.Context, prefix string) (versions, markers []version, err error) {
	pages := s3.NewListObjectVersionsPaginator(l.by[Owner], &s3.ListObjectVersionsInput{Bucket: &l.bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		var page *s3.ListObjectVersionsOutput
		if _, err := call(ctx, "ListObjectVersions", func(ctx context.Context) (err error) {
			page, err = pages.NextPage(ctx)
			return err
		}); err != nil {
			return versions, markers, errors.Join(unreachable(err))
		}
		for _, v := range page.Versions {
			versions = append(versions, version{key: aws.ToString(v.Key), id: aws.ToString(v.VersionId)})
		}
		for _, m := range page.DeleteMarkers {
			markers = append(markers, version{key: aws.ToString(m.Key), id: aws.ToString(m.VersionId)})
		}
	}
	return versions, markers, nil
}
