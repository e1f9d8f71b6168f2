package prove

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func judgeOneWinner(ctx context.Context, a *attempt) (finding, error) {
	if a.got.winners < 1 {
		if why := a.undecided(); why != "" {
			return unsure("%s", why), nil
		}
	}
	if a.got.winners != 1 {
		return breached("%d of %d writers were told that they won", a.got.winners, racers), nil
	}
	versions, err := a.versionsOf(ctx, a.aside)
	if refused := (*listError)(nil); errors.As(err, &refused) {
		return unsure("can't tell what is stored: %v", err), nil
	}
	if err != nil {
		return finding{}, err
	}
	if len(versions) != 1 {
		return breached("one writer was told that it won, but %d versions are stored", len(versions)), nil
	}
	state, err := a.read(ctx, versions[0])
	if err != nil {
		return finding{}, err
	}
	switch {
	case len(state.Unknown) > 0:
		return unsure("what is stored is %s", state), nil
	case state.SHA256 != a.victim.sum:
		return breached("what is stored isn't the winner's data"), nil
	}
	return held("one writer won: %s", state), nil
}

func judgeEnds(ctx context.Context, a *attempt) (finding, error) {
	if a.got.early {
		return breached("the version was deleted before its retention ended"), nil
	}
	if a.got.unasked != "" {
		return unsure("%s", a.got.unasked), nil
	}
	after, err := a.read(ctx, a.victim)
	switch {
	case err != nil:
		return finding{}, err
	case len(after.Unknown) > 0:
		return unsure("%s", after), nil
	case after.Readable:
		if why := a.undecided(); why != "" {
			return unsure("%s", why), nil
		}
		if time.Now().Before(a.wanted) {
			return unsure("the retention has ended by the server's Date header, but not by this machine's clock; found: %s",
				after), nil
		}
		return breached("the version can't be deleted after its retention ended: %s", after), nil
	}
	return held("kept until %s UTC, then deleted on request", a.wanted.UTC().Format("15:04:05")), nil
}

func judgeSetting(ctx context.Context, a *attempt) (finding, error) {
	if a.got.setting != "" {
		return breached("%s", a.got.setting), nil
	}
	return judgeKept(ctx, a)
}

// judgeOutlives judges only the version. S3 lets the owner change the default
// retention of new versions; whether that happened is added to the text.
func judgeOutlives(ctx context.Context, a *attempt) (finding, error) {
	if a.got.setting != "" {
		return breached("%s", a.got.setting), nil
	}
	f, err := judgeKept(ctx, a)
	if a.got.changed != "" {
		f.text += "; " + a.got.changed
	}
	return f, err
}

// judgeAll reads every version that the run locked in the bucket.
func judgeAll(ctx context.Context, a *attempt) (finding, error) {
	f, err := judgeKept(ctx, a)
	if err != nil || f.status != Held {
		return f, err
	}
	known := a.ledger.all()
	for _, entry := range known {
		after, err := a.read(ctx, entry.version)
		if err != nil {
			return finding{}, err
		}
		if f := compare(entry.state, after, entry.version.sum); f.status != Held {
			f.text = entry.version.key + ": " + f.text
			return f, nil
		}
	}
	return held("%d locked versions read back unchanged", len(known)+1), nil
}

// A listError means that the server refused to list versions.
type listError struct{ answer string }

func (e *listError) Error() string { return "ListObjectVersions returned " + e.answer }

// versionsOf lists the versions, without delete markers, of all keys that begin
// with prefix.
func (b *testBucket) versionsOf(ctx context.Context, prefix string) ([]version, error) {
	versions, _, err := b.list(ctx, prefix)
	return versions, err
}

// maxPages limits a listing that never ends.
const maxPages = 200

// list returns the versions and delete markers below a prefix. The error is a
// [*listError], an [*UnreachableError] or the context's.
func (b *testBucket) list(ctx context.Context, prefix string) (versions, markers []version, err error) {
	pages := s3.NewListObjectVersionsPaginator(b.by[Owner], &s3.ListObjectVersionsInput{
		Bucket: &b.bucket, Prefix: &prefix,
	})
	for n := 0; pages.HasMorePages(); n++ {
		if n == maxPages {
			return versions, markers, &listError{fmt.Sprintf("with more than %d pages", maxPages)}
		}
		var page *s3.ListObjectVersionsOutput
		request, err := call(ctx, "ListObjectVersions", func(ctx context.Context) (err error) {
			page, err = pages.NextPage(ctx)
			return err
		})
		if err != nil {
			if gone := unreachable(err); gone != nil {
				return versions, markers, gone
			}
			return versions, markers, &listError{request.Answer()}
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
