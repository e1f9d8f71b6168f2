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

// read reads a version back as the owner. The error is an
// [*UnreachableError]; all else is in the state. Only S3's word that the
// version isn't there makes it gone: whatever else keeps it from being read
// leaves it unknown. The lock is asked for twice, by the object's headers and
// by its own requests.
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
			s.Unknown = append(s.Unknown, "the data: GetObject was answered "+s.Answer)
		} else {
			b.answers.saw(b.bucket, v, s)
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
	b.answers.saw(b.bucket, v, s)
	return s, nil
}

// get reads the bytes. It asks for an extra header in the answer, as S3
// lets every reader do: an answer that has that of another request is a copy.
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

// notTheObject returns why a good answer isn't what was asked for.
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
		return errors.New("it is a part of the object")
	case codedAs(aws.ToString(out.ContentEncoding)) != "":
		return fmt.Errorf("it has the Content-Encoding %s, which the object was not written with",
			clean(*out.ContentEncoding))
	case strings.HasPrefix(aws.ToString(out.ContentType), "text/html"):
		return errors.New("it is a page of HTML")
	case xml.Unmarshal(body, &document) == nil:
		return fmt.Errorf("it is an error document: %s", clean(document.Code))
	}
	return nil
}

// codedAs returns a Content-Encoding without the one of an upload's transfer,
// which some servers keep.
func codedAs(encoding string) string {
	return strings.Trim(strings.ReplaceAll(encoding, "aws-chunked", ""), ", ")
}

// sameTime is how far two dates may be apart that mean the same.
const sameTime = 2 * time.Second

// compareWith notes what the object's headers say otherwise. They may be left
// out: S3 does so for whoever may not read the lock. A clock that is off may
// account for as much.
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
	if hold := out.ObjectLockLegalHoldStatus; hold != "" && (hold == types.ObjectLockLegalHoldStatusOn) != s.Hold {
		s.Contradictions = append(s.Contradictions,
			"the legal hold: the headers of GetObject say "+clean(string(hold))+", GetObjectLegalHold says otherwise")
	}
}

// saysMissing reports whether the server says that the object, the version or
// the whole bucket isn't there.
func (r Request) saysMissing() bool {
	return r.Status == http.StatusNotFound && (slices.Contains(missingCodes, r.Code) || r.Code == "NotFound")
}

// saysUnlocked reports whether the server says that the version, or the whole
// bucket, has no lock.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
func (r Request) saysUnlocked() bool {
	return r.Code == "NoSuchObjectLockConfiguration" || r.Code == "ObjectLockConfigurationNotFoundError" ||
		r.Code == "InvalidRequest" && strings.Contains(strings.ToLower(r.Message), "lock")
}

// readRetention leaves the state without a retention if the server says that
// there is none.
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
				"the retention: GetObjectRetention gave the mode %q and no retention that S3 has", clean(string(s.Mode))))
		}
		s.Mode, s.Until = "", nil
	}
	if err != nil && !request.saysUnlocked() {
		s.Unknown = append(s.Unknown, "the retention: GetObjectRetention was answered "+request.Answer())
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
		s.Unknown = append(s.Unknown, "the legal hold: GetObjectLegalHold was answered "+request.Answer())
	}
	return unreachable(err)
}
