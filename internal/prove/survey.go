package prove

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// NewRun returns a name for a run that starts now.
func NewRun(now time.Time) string {
	return strings.ReplaceAll(now.UTC().Format("20060102-150405.000"), ".", "")
}

// ErrNoBucket is returned by [Survey] for a bucket that isn't there.
var ErrNoBucket = errors.New("no such bucket")

// Survey reads what a bucket promises: the default retention of its Object
// Lock configuration, zero where it has none, and the guards of its policy.
func Survey(ctx context.Context, e Endpoint, bucket string) (settings.Retention, Guards, error) {
	ways, err := newClients(e)
	if err != nil {
		return settings.Retention{}, Guards{}, err
	}
	l := &lab{clients: ways, bucket: bucket}
	fail := func(err error) (settings.Retention, Guards, error) {
		return settings.Retention{}, Guards{}, fmt.Errorf("look at bucket %s on %s: %w", bucket, e.name(), err)
	}
	answer, err := l.head(ctx)
	if answer.Status == http.StatusNotFound {
		return fail(ErrNoBucket)
	}
	if err != nil {
		return fail(whyUnread(answer, err))
	}
	lock, answer, err := l.readLock(ctx)
	if err != nil && !answer.saysThereIsNone() {
		return fail(whyUnread(answer, err))
	}
	policy, answer, err := l.readPolicy(ctx)
	if err != nil && !answer.saysThereIsNone() {
		return fail(whyUnread(answer, err))
	}
	var found settings.Retention
	if lock != nil && lock.Rule != nil && lock.Rule.DefaultRetention != nil {
		rule := lock.Rule.DefaultRetention
		found = settings.Retention{Mode: settings.RetentionMode(rule.Mode), Days: int(aws.ToInt32(rule.Days)), Years: int(aws.ToInt32(rule.Years))}
	}
	if found.TotalDays() != 0 && !found.Mode.Valid() {
		return fail(fmt.Errorf("its default retention has the mode %q, which S3 doesn't have", found.Mode))
	}
	return found, ReadGuards(policy), nil
}

// saysThereIsNone reports whether a refusal means that the bucket has no such
// configuration, or the server doesn't know of it. Every other one leaves open
// what the bucket has, and then nobody can be told what a run would lock.
func (a Answer) saysThereIsNone() bool {
	return a.Status == http.StatusNotFound || a.Status == http.StatusNotImplemented || a.Code == "InvalidRequest"
}

// whyUnread turns a refusal that the user can mend into its mend.
func whyUnread(a Answer, err error) error {
	switch a.Status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("%s: %s; check the credentials, and allow them s3:ListBucket, s3:GetBucketObjectLockConfiguration and s3:GetBucketPolicy", a.Request, a)
	case http.StatusMovedPermanently:
		return fmt.Errorf("%s: %s; the bucket is in another Region than the one named", a.Request, a)
	}
	return err
}

// ReadGuards returns the guards that a bucket policy declares by its Deny
// statements. A policy that isn't JSON declares none.
func ReadGuards(policy string) Guards {
	var document struct {
		Statement []struct {
			Effect    string
			Action    oneOrMore
			Condition map[string]map[string]oneOrMore
		}
	}
	var g Guards
	if json.Unmarshal([]byte(policy), &document) != nil {
		return g
	}
	for _, s := range document.Statement {
		if s.Effect != "Deny" {
			continue
		}
		g.readActions(s.Action, len(s.Condition) > 0)
		for operator, keys := range s.Condition {
			for key, values := range keys {
				if len(values) > 0 {
					g.readCondition(operator, strings.ToLower(key), values[0])
				}
			}
		}
	}
	return g
}

// readActions finds the guards that are known by what they deny.
func (g *Guards) readActions(actions []string, conditional bool) {
	for _, action := range actions {
		switch strings.ToLower(action) {
		case "s3:deleteobject":
			if !conditional {
				g.declare(NoDeleteMarkers)
			}
		case "s3:bypassgovernanceretention":
			g.declare(NoBypass)
		case "s3:putbucketobjectlockconfiguration":
			g.declare(SealConfiguration)
		}
	}
}

// readCondition finds those that are known by their condition.
func (g *Guards) readCondition(operator, key, value string) {
	switch {
	case key == "aws:securetransport" && value == "false":
		g.declare(TLSOnly)
	case key == "s3:tlsversion":
		g.MinimumTLS = value
	case key == "s3:object-lock-mode" && value == string(settings.Governance):
		g.declare(NoWeakerMode)
	case key == "s3:if-none-match":
		g.declare(WriteOnce)
	case key == "s3:object-lock-remaining-retention-days" && strings.HasPrefix(operator, "NumericLess"):
		g.declare(RetentionFloor)
	case key == "s3:object-lock-remaining-retention-days":
		g.declare(RetentionCeiling)
		if days, err := strconv.Atoi(value); err == nil {
			g.CeilingDays = days
		}
	}
}

func (g *Guards) declare(guard Guard) {
	if !g.Declares(guard) {
		g.Declared = append(g.Declared, guard)
	}
}

// oneOrMore reads a string, a bare value, or a list of strings, all of which
// policies have.
type oneOrMore []string

// UnmarshalJSON implements [json.Unmarshaler].
func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var many []any
	if json.Unmarshal(text, &many) != nil {
		many = []any{nil}
		if err := json.Unmarshal(text, &many[0]); err != nil {
			return err
		}
	}
	for _, value := range many {
		*o = append(*o, fmt.Sprint(value))
	}
	return nil
}
