package prove

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
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
	notAsked = append(notAsked, b.notAskable()...)
	if err == nil && len(missing) > 0 {
		err = &RightsError{missing}
	}
	return notAsked, err
}

// denies reports whether the policy has a guard that applies to the owner.
func (b *testBucket) denies(g Guard) bool { return b.guardedFrom(g, Owner) }

// rightsOf are the actions that other principals need: without them their
// trials would hold only because a permission is missing. Actions that a guard
// denies can't be checked here.
func (b *testBucket) rightsOf(who Principal, key string) []right {
	if b.endpoint.Credentials[who] == nil {
		return nil
	}
	wanted := []string{"s3:DeleteObjectVersion"}
	if who == Admin {
		wanted = []string{"s3:PutObject"}
		for _, g := range b.guards.Declared {
			wanted = append(wanted, askable[g]...)
		}
	}
	var list []right
	for _, r := range append(b.rightsToRead(key), b.rightsToAttack(key)...) {
		if slices.Contains(wanted, r.action) {
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

// askable are the actions of a guard's trials that can be checked, beside
// s3:PutObject.
var askable = map[Guard][]string{
	NoWeakerMode: {"s3:PutObjectRetention"}, RetentionFloor: {"s3:PutObjectRetention"},
	RetentionCeiling: {"s3:PutObjectRetention"}, SealHolds: {"s3:PutObjectLegalHold"},
	TLSOnly: {"s3:GetObjectVersion"}, OldTLS: {"s3:GetObjectVersion"},
}

// unknownRight returns the action of a guard's trials that can't be checked: the
// guard itself denies it, or no request asks for it without writing. It is "" if
// there is none.
func (b *testBucket) unknownRight(g Guard) string {
	switch g {
	case NoDeleteMarkers:
		return "s3:DeleteObject"
	case NoDeletion:
		return "s3:DeleteObjectVersion"
	case NoBypass:
		return "s3:BypassGovernanceRetention"
	case SealConfiguration:
		return "the permission to change the bucket's configuration"
	case SealACLs:
		return "s3:PutObjectAcl"
	case NoEventHold:
		return "the permission for event holds"
	case NoOtherKey, NoUnnamedKey:
		return "kms:GenerateDataKey"
	case SameEncryption:
		if b.guards.Algorithm == string(types.ServerSideEncryptionAes256) {
			return "kms:GenerateDataKey"
		}
	}
	return ""
}

// notAskable lists the actions of the guards' trials that can't be checked for
// their principal.
func (b *testBucket) notAskable() []string {
	var list []string
	who := b.stands(Admin)
	for _, g := range b.guards.Declared {
		right := b.unknownRight(g)
		if right == "" || who == Owner && slices.Contains([]Guard{NoDeleteMarkers, NoDeletion, NoBypass}, g) {
			continue // The owner's are listed already.
		}
		if text := fmt.Sprintf("%s as the %s: no request asks for it", right, who); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// byPolicy is in AWS's message if a bucket policy denied a request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
const byPolicy = "explicit deny in a resource-based policy"

// refusedUnexplained reports whether the attack on a guard was refused for lack of
// access, and the answers don't say that a bucket policy did it.
func refusedUnexplained(g Guard, requests []Request) bool {
	return slices.ContainsFunc(Attacks(requests), func(r Request) bool {
		if g == NoBypass && !strings.HasSuffix(r.Operation, withBypass) {
			return false // Without the bypass it is the lock that refuses.
		}
		return r.Status == http.StatusForbidden && !strings.Contains(r.Message, byPolicy)
	})
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
