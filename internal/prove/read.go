package prove

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"datalock/settings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// read reads a version back as the owner. The error is an [*UnreachableError];
// everything else is in the state. The version counts as gone only if S3 says
// that it doesn't exist; any other failure leaves it unknown. The lock is read
// twice: from the object's headers and with separate requests.
func (b *testBucket) read(ctx context.Context, v version) (State, error) {
	var (
		s     State
		shown *s3.GetObjectOutput
	)
	request, err := call(ctx, "GetObject", func(ctx context.Context) (err error) {
		shown, err = b.get(ctx, v, &s)
		return err
	})
	if err != nil {
		s = State{Answer: request.Answer()}
		if !request.saysMissing() {
			s.Unknown = append(s.Unknown, "the data: GetObject returned "+s.Answer)
		} else {
			b.saw(v, s)
		}
		return s, unreachable(err)
	}
	if !b.locked {
		return s, nil
	}
	if err := b.readRetention(ctx, v, &s); err != nil {
		return s, err
	}
	if err := b.readHold(ctx, v, &s); err != nil {
		return s, err
	}
	s.compareWith(shown, b.clock.Ahead().Abs())
	b.saw(v, s)
	return s, nil
}

// saw records a version's state as it was just read.
func (b *testBucket) saw(v version, s State) {
	b.answers.saw(b.bucket, v, s)
	if b.locked {
		b.ledger.saw(v, s)
	}
}

// unreadHold begins what State.Unknown says of a legal hold.
const unreadHold = "the legal hold"

// holds reports whether a legal hold is on, and whether that is known.
func (s State) holds() (on, known bool) {
	about := func(text string) bool { return strings.HasPrefix(text, unreadHold) }
	if !s.Readable {
		return false, len(s.Unknown) == 0
	}
	return s.Hold, !slices.ContainsFunc(s.Unknown, about) && !slices.ContainsFunc(s.Contradictions, about)
}

// get reads the bytes. It asks for a unique header in the answer, as S3 lets
// every reader do: an answer with another request's header is a copy.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (b *testBucket) get(ctx context.Context, v version, s *State) (*s3.GetObjectOutput, error) {
	mark := markOfRead + rand.Text()
	out, err := b.by[Owner].GetObject(ctx, &s3.GetObjectInput{
		Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(), ResponseContentLanguage: &mark,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Body.Close() }()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, err
	}
	if err := notTheObject(ctx, out, mark, body); err != nil {
		return nil, err
	}
	s.Readable, s.SHA256, s.Bytes = true, sum(body), len(body)
	return out, nil
}

const markOfRead = "datalock-"

// notTheObject returns why a successful answer isn't the object that was
// requested.
func notTheObject(ctx context.Context, out *s3.GetObjectOutput, mark string, body []byte) error {
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	got := aws.ToString(out.ContentLanguage)
	switch {
	case strings.HasPrefix(got, markOfRead) && got != mark:
		return errCopied
	case x != nil && x.status == http.StatusPartialContent:
		return errors.New("it is only part of the object")
	case codedAs(aws.ToString(out.ContentEncoding)) != "":
		return fmt.Errorf("it has the Content-Encoding %s, but the object was written without it",
			clean(*out.ContentEncoding))
	case strings.HasPrefix(aws.ToString(out.ContentType), "text/html"):
		return errors.New("it is an HTML page")
	case xml.Unmarshal(body, &document) == nil:
		return fmt.Errorf("it is an error document: %s", clean(document.Code))
	}
	return nil
}

// codedAs returns a Content-Encoding without aws-chunked, which only describes
// the upload but which some servers keep.
func codedAs(encoding string) string {
	return strings.Trim(strings.ReplaceAll(encoding, "aws-chunked", ""), ", ")
}

// sameTime is how far apart two equal dates may be.
const sameTime = 2 * time.Second

// compareWith records where the object's headers contradict the state. Missing
// headers are no contradiction: S3 omits them for readers who may not read the
// lock. A clock difference is tolerated.
func (s *State) compareWith(out *s3.GetObjectOutput, off time.Duration) {
	mode, until := settings.RetentionMode(out.ObjectLockMode), out.ObjectLockRetainUntilDate
	unread := slices.ContainsFunc(s.Unknown, func(text string) bool { return strings.HasPrefix(text, "the retention") })
	same := mode == s.Mode && s.Until != nil && until != nil && s.Until.Sub(*until).Abs() <= sameTime+off
	if mode != "" && until != nil && !unread && !same {
		own := "none"
		if s.Until != nil {
			own = fmt.Sprintf("%s until %s", s.Mode, s.Until.UTC().Format(time.RFC3339))
		}
		s.Contradictions = append(s.Contradictions, fmt.Sprintf(
			"the retention: the headers of GetObject say %s until %s, GetObjectRetention says %s",
			clean(string(mode)), until.UTC().Format(time.RFC3339), own))
	}
	_, read := s.holds()
	if hold := out.ObjectLockLegalHoldStatus; read && hold != "" && (hold == types.ObjectLockLegalHoldStatusOn) != s.Hold {
		s.Contradictions = append(s.Contradictions,
			unreadHold+": the headers of GetObject say "+clean(string(hold))+", GetObjectLegalHold says otherwise")
	}
}

// saysMissing reports whether the server says that the object, the version or
// the bucket doesn't exist.
func (r Request) saysMissing() bool {
	return r.Status == http.StatusNotFound && (slices.Contains(missingCodes, r.Code) || r.Code == "NotFound")
}

// saysUnlocked reports whether the server says that the version or the bucket
// has no lock.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
func (r Request) saysUnlocked() bool {
	return r.Code == "NoSuchObjectLockConfiguration" || r.Code == "ObjectLockConfigurationNotFoundError" ||
		r.Code == "InvalidRequest" && strings.Contains(strings.ToLower(r.Message), "lock")
}

// readRetention reads the retention into the state, and leaves it empty if the
// server says that there is none.
func (b *testBucket) readRetention(ctx context.Context, v version, s *State) error {
	request, err := call(ctx, "GetObjectRetention", func(ctx context.Context) error {
		out, err := b.by[Owner].GetObjectRetention(ctx, &s3.GetObjectRetentionInput{
			Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(),
		})
		if err == nil && out.Retention != nil {
			s.Mode, s.Until = settings.RetentionMode(out.Retention.Mode), out.Retention.RetainUntilDate
		}
		return err
	})
	if err != nil || s.Until == nil || !s.Mode.Valid() {
		if err == nil && s.Mode != "" {
			s.Unknown = append(s.Unknown, fmt.Sprintf(
				"the retention: GetObjectRetention returned the mode %q, but no valid S3 retention", clean(string(s.Mode))))
		}
		s.Mode, s.Until = "", nil
	}
	if err != nil && !request.saysUnlocked() {
		s.Unknown = append(s.Unknown, "the retention: GetObjectRetention returned "+request.Answer())
	}
	return unreachable(err)
}

func (b *testBucket) readHold(ctx context.Context, v version, s *State) error {
	request, err := call(ctx, "GetObjectLegalHold", func(ctx context.Context) error {
		out, err := b.by[Owner].GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{
			Bucket: &b.bucket, Key: &v.key, VersionId: v.idOrNil(),
		})
		s.Hold = err == nil && out.LegalHold != nil && out.LegalHold.Status == types.ObjectLockLegalHoldStatusOn
		return err
	})
	if err != nil && !request.saysUnlocked() {
		s.Unknown = append(s.Unknown, unreadHold+": GetObjectLegalHold returned "+request.Answer())
	}
	return unreachable(err)
}
