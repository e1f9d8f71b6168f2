package prove

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A RightsError lists the actions that the credentials lack. Without them a
// trial could not be judged, or would pass only because a permission is
// missing.
type RightsError struct {
	// Missing are IAM actions with the server's answers, in the order they were
	// tried.
	Missing []string
}

// Error lists all missing actions.
func (e *RightsError) Error() string {
	return "the credentials lack permissions that the trials need; nothing was written to the bucket. Allow:\n  " +
		strings.Join(e.Missing, "\n  ")
}

// A right is an IAM action and a request that needs it but writes nothing: its
// key has no object.
type right struct {
	action string
	ask    func(context.Context, *s3.Client) error
}

// askForRights checks each action that the trials need before anything is
// locked: as the owner, and as the other principals for their trials. It
// returns the actions that were not checked, with the reason.
func (b *testBucket) askForRights(ctx context.Context, scratch bool) (notAsked []string, err error) {
	key := b.prefix + "rights/absent"
	skip := func(action, why string) { notAsked = append(notAsked, action+": "+why) }
	rights := append(b.rightsToRead(key), b.rightsToAttack(key)...)
	switch {
	case !b.locked:
		rights = withoutDeletion(rights)
		skip("s3:DeleteObjectVersion", "the bucket policy must deny it")
	case b.denies(NoBypass):
		skip("s3:BypassGovernanceRetention", "the bucket policy denies it")
	default:
		rights = append(rights, b.rightToBypass(key))
	}
	if scratch {
		if !b.denies(SealConfiguration) {
			rights = append(rights, b.rightsToChange(ctx)...)
		}
		skip("s3:DeleteBucket", "the check would delete an empty bucket")
	}
	missing, err := b.ask(ctx, Owner, rights)
	if err != nil {
		return nil, err
	}
	for _, who := range []Principal{Admin, Writer} {
		more, err := b.ask(ctx, who, b.rightsOf(who, key))
		if err != nil {
			return nil, err
		}
		missing = append(missing, more...)
	}
	if len(missing) == 0 && !b.denies(NoDeleteMarkers) {
		// Checking this one creates a delete marker, which can be removed again.
		missing, err = b.ask(ctx, Owner, []right{b.rightToHide(key)})
	} else if b.denies(NoDeleteMarkers) {
		skip("s3:DeleteObject", "the bucket policy denies it")
	}
	if err == nil && len(missing) > 0 {
		err = &RightsError{missing}
	}
	return notAsked, err
}

// denies reports whether the policy has a guard that applies to the owner.
func (b *testBucket) denies(g Guard) bool { return b.guards.Declares(g) && !b.exempt[Owner] }

// rightsOf are the actions that other principals need: without them their
// trials would hold only because a permission is missing. Actions that a guard
// denies can't be checked here.
func (b *testBucket) rightsOf(who Principal, key string) []right {
	if b.endpoint.Credentials[who] == nil {
		return nil
	}
	var list []right
	for _, r := range b.rightsToAttack(key) {
		if who == Admin && r.action == "s3:PutObject" || who == Writer && r.action == "s3:DeleteObjectVersion" {
			list = append(list, r)
		}
	}
	if !b.locked {
		return withoutDeletion(list)
	}
	if who == Writer && !b.denies(NoBypass) {
		list = append(list, b.rightToBypass(key))
	}
	return list
}

// withoutDeletion leaves out the permission that the policy of a bucket without
// Object Lock must deny.
func withoutDeletion(rights []right) []right {
	return slices.DeleteFunc(rights, func(r right) bool { return r.action == "s3:DeleteObjectVersion" })
}

// ask returns the actions that a principal lacks.
func (b *testBucket) ask(ctx context.Context, who Principal, rights []right) (missing []string, err error) {
	for _, r := range rights {
		request, err := call(ctx, r.action, func(ctx context.Context) error { return r.ask(ctx, b.by[who]) })
		if gone := unreachable(err); gone != nil {
			return nil, gone
		}
		refused := request.Status == http.StatusForbidden || request.Status == http.StatusUnauthorized
		if err == nil || !refused && request.Code != "AccessDenied" {
			continue
		}
		as := ""
		if who != Owner {
			as = " as the " + string(who)
		}
		missing = append(missing, fmt.Sprintf("%s%s (returned %s)", r.action, as, request.Answer()))
	}
	return missing, nil
}
