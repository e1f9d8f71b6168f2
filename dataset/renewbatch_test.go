package dataset_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

const batchRole = "arn:aws:iam::000000000000:role/batch"

type endpoint struct{ url url.URL }

func (e endpoint) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: e.url}, nil
}

// batchServer is a testServer with a locked bucket, a dataset, and an evidence bucket.
type batchServer struct {
	testServer
	control *s3control.Client
}

func newBatchServer(t *testing.T) batchServer {
	t.Helper()
	l := newTestServer(t)
	at, err := url.Parse(l.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	l.bucket(t, "data", compliance, 1)
	if _, err := l.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("evidence")}); err != nil {
		t.Fatal(err)
	}
	return batchServer{l, s3control.New(s3control.Options{
		Region: l.Region, EndpointResolverV2: endpoint{*at},
		Credentials: credentials.NewStaticCredentialsProvider(l.AccessKey, l.SecretKey, ""),
	})}
}

// published publishes the mixed files, the large ones small.
func (l batchServer) published(t *testing.T) dataset.Published {
	t.Helper()
	_, p := l.testServer.published(t, "s3://data/set", dataset.PublishOptions{})
	return p
}

func (l batchServer) options() dataset.BatchOptions {
	return dataset.BatchOptions{Control: l.control, Role: batchRole, Evidence: "evidence", Wait: true}
}

func (l batchServer) renewBatch(t *testing.T, o dataset.RenewOptions, b dataset.BatchOptions) dataset.Renewed {
	t.Helper()
	r, err := dataset.RenewBatch(t.Context(), l.Client, at(t, "s3://data/set"), o, b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// jobs are the server's jobs, by their status.
func (l batchServer) jobs(t *testing.T) map[types.JobStatus]int {
	t.Helper()
	out, err := l.control.ListJobs(t.Context(), &s3control.ListJobsInput{AccountId: aws.String("000000000000")})
	if err != nil {
		t.Fatal(err)
	}
	all := map[types.JobStatus]int{}
	for _, j := range out.Jobs {
		all[j.Status]++
	}
	return all
}

func (l batchServer) policy(t *testing.T, statement string) {
	t.Helper()
	text := `{"Version":"2012-10-17","Statement":[` + statement + `]}`
	if _, err := l.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
		Bucket: aws.String("data"),
		Policy: &text,
	}); err != nil {
		t.Fatal(err)
	}
}

func ids(jobs []dataset.BatchJob) (all []string) {
	for _, j := range jobs {
		all = append(all, j.ID)
	}
	return all
}

// TestRenewBatch starts jobs in one run and follows them in another, which finds
// the same jobs and manifests.
func TestRenewBatch(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	published := l.published(t)
	l.put(t, "set/stranger", "isn't in the manifest", nil)
	before, files := l.ends(t, ""), int64(len(mixed))

	o, b := dataset.RenewOptions{Days: 10, By: "the test"}, l.options()
	b.MaxRows, b.Wait = 4, false
	o.PlanOnly = true
	if plan := l.renewBatch(t, o, b); plan.Versions != files || plan.Compliance != files || plan.Bytes != published.Bytes {
		t.Errorf("the plan is %+v", plan)
	}
	if there := l.versions(t, "evidence", ""); len(there) > 0 || len(l.jobs(t)) > 0 {
		t.Errorf("a plan left %v and %v", there, l.jobs(t))
	}
	size := int64(0)
	one := dataset.RenewOptions{Days: 10, PlanOnly: true, Size: func(versions int64) { size = versions }}
	if l.renew(t, one); size != files+2 {
		t.Errorf("a renewal of one by one has %d versions before it looks", size)
	}
	o.PlanOnly = false
	asked := 0
	b.Confirm = func(p dataset.BatchPlan) error {
		asked++
		if len(p.Jobs) != 3 || p.Jobs[0].Versions != 4 || p.Jobs[2].Versions != files-8 || p.Jobs[0].Status != "Suspended" {
			t.Errorf("the jobs are %+v", p.Jobs)
		}
		return nil
	}
	started := l.renewBatch(t, o, b)
	if started.Record != "" || started.Lengthened != 0 {
		t.Errorf("a run that only starts jobs says %+v", started)
	}
	o, b.Wait = dataset.RenewOptions{Until: started.Until, By: "the test"}, true
	renewed := l.renewBatch(t, o, b)
	if asked != 1 || !slices.Equal(ids(started.Jobs), ids(renewed.Jobs)) || renewed.Left != 0 {
		t.Errorf("asked %d times; started %v, then %+v", asked, ids(started.Jobs), renewed)
	}
	// The manifest and its shard are done one by one.
	if renewed.Lengthened != files+2 || len(renewed.Counts) > 0 {
		t.Errorf("%d locks were lengthened; %v", renewed.Lengthened, renewed.Findings)
	}
	for key, end := range l.ends(t, "") {
		foreign := strings.HasPrefix(key, "set/stranger@")
		if foreign && !end.Equal(before[key]) || !foreign && !end.Equal(renewed.Until) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	l.recorded(t, renewed)
	if again := l.renewBatch(t, o, b); len(again.Jobs) > 0 || again.Record != "" {
		t.Errorf("a run after the record did %+v", again)
	}
	if all := l.versions(t, "evidence", "batch-manifests/"); len(all) != 3 || l.jobs(t)["Complete"] != 3 {
		t.Errorf("there are the manifests %v and the jobs %v", all, l.jobs(t))
	}
}

// TestRenewBatchFailures has tasks fail: what is left isn't promised, and is
// done one by one if that is wanted.
func TestRenewBatchFailures(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	l.policy(t, `{"Effect":"Deny","Principal":{"AWS":"`+batchRole+`"},"Action":"s3:PutObjectRetention",`+
		`"Resource":["arn:aws:s3:::data/set/a.txt","arn:aws:s3:::data/set/exact"]}`)
	o, b := dataset.RenewOptions{Days: 10}, l.options()
	var told []dataset.BatchFailure
	b.ByHand = func(causes []dataset.BatchFailure) error { told = causes; return errors.New("no") }
	r, err := dataset.RenewBatch(t.Context(), l.Client, at(t, "s3://data/set"), o, b)
	if !errors.Is(err, dataset.ErrLeft) || r.Left != 2 || r.Lengthened != int64(len(mixed))-2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if len(told) != 1 || told[0].Count != 2 || told[0].Code != "AccessDenied" || told[0].HTTPStatus != 403 {
		t.Errorf("the causes are %+v", told)
	}
	if record := string(l.get(t, r.Record)); !strings.Contains(record, `"left":2`) ||
		!strings.Contains(record, r.Jobs[0].ID) {
		t.Errorf("the record is %s", record)
	}
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{}); v.RenewedUntil != nil {
		t.Errorf("verify takes the record of a part for a promise until %s", v.RenewedUntil)
	}
	all, err := dataset.List(t.Context(), l.Client, "data")
	if err != nil || all[0].RenewedUntil != nil {
		t.Errorf("the list says %+v, %v", all, err)
	}
	// More failures than are done one by one need another job for the same date.
	b.MaxByHand = 1
	again, err := dataset.RenewBatch(t.Context(), l.Client, at(t, "s3://data/set"), o, b)
	if !errors.Is(err, dataset.ErrLeft) || len(again.Jobs) != 1 || again.Jobs[0].ID == r.Jobs[0].ID {
		t.Errorf("after too many failures: %v, jobs %v and before %v", err, ids(again.Jobs), ids(r.Jobs))
	}
	b.MaxByHand = 0
	b.ByHand = nil
	second := l.renewBatch(t, o, b)
	if second.Left != 0 || !slices.Equal(ids(second.Jobs), ids(r.Jobs)) {
		t.Errorf("the second run did %+v", second)
	}
	for key, end := range l.ends(t, "set/") {
		if !end.Equal(second.Until) {
			t.Errorf("%s is locked until %s", key, end)
		}
	}
	if v := l.verify(t, "s3://data/set", dataset.VerifyOptions{}); v.RenewedUntil == nil {
		t.Error("verify doesn't know the renewal")
	}
}

// TestRenewBatchMissing: a version that is gone is a finding, and nothing waits
// for it.
func TestRenewBatchMissing(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.retain(t, "data", governance, 1)
	l.published(t)
	gone := l.versions(t, "data", "set/a.txt")["set/a.txt"][0]
	if _, err := l.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: aws.String("data"), Key: aws.String("set/a.txt"), VersionId: &gone, BypassGovernanceRetention: aws.Bool(true),
	}); err != nil {
		t.Fatal(err)
	}
	r := l.renewBatch(t, dataset.RenewOptions{Days: 10}, l.options())
	if r.Counts[dataset.Missing] != 1 || r.Left != 0 || r.Record == "" || r.Jobs[0].Mode != "GOVERNANCE" {
		t.Errorf("%+v", r)
	}
}

// TestRenewBatchRefused: jobs that aren't confirmed are cancelled, and the next
// run makes others.
func TestRenewBatchRefused(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	before := l.ends(t, "")
	o, b := dataset.RenewOptions{Days: 10}, l.options()
	refused := errors.New("no")
	b.Confirm = func(dataset.BatchPlan) error {
		// Another date beside jobs that go on would cost twice.
		_, err := dataset.RenewBatch(t.Context(), l.Client, at(t, "s3://data/set"), dataset.RenewOptions{Days: 11},
			l.options())
		var mistakes *dataset.Mistakes
		if !errors.As(err, &mistakes) ||
			!strings.Contains(err.Error(), "for the same dataset waits for confirmation: confirm it with the date") {
			t.Errorf("a run for another date: %v", err)
		}
		return refused
	}
	if _, err := dataset.RenewBatch(t.Context(), l.Client, at(t, "s3://data/set"), o, b); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if after := l.ends(t, ""); len(after) != len(before) || l.jobs(t)["Cancelled"] != 1 {
		t.Errorf("%d versions, jobs %v", len(after), l.jobs(t))
	}
	b.Confirm = nil
	if r := l.renewBatch(t, o, b); r.Record == "" || l.jobs(t)["Complete"] != 1 || l.jobs(t)["Cancelled"] != 1 {
		t.Errorf("%+v, jobs %v", r, l.jobs(t))
	}
}

// TestRenewBatchMistakes names all that is missing before anything is made.
func TestRenewBatchMistakes(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	l.policy(t, `{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectRetention","Resource":"arn:aws:s3:::data/*",`+
		`"Condition":{"NumericLessThan":{"s3:object-lock-remaining-retention-days":"30"}}},`+
		`{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectRetention","Resource":"arn:aws:s3:::data/*",`+
		`"Condition":{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"60"}}}`)
	wrong := func(o dataset.RenewOptions, change func(*dataset.BatchOptions), want ...string) {
		t.Helper()
		b := l.options()
		if change != nil {
			change(&b)
		}
		_, err := dataset.RenewBatch(t.Context(), l.Client, at(t, "s3://data/set"), o, b)
		var mistakes *dataset.Mistakes
		if !errors.As(err, &mistakes) {
			t.Errorf("%v is no mistake", err)
			return
		}
		for _, text := range want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%v\nlacks %q", err, text)
			}
		}
	}
	none := func(b *dataset.BatchOptions) { b.Role, b.Evidence = "", "" }
	wrong(dataset.RenewOptions{Days: 40}, none, `add "batch" to the bucket's settings`, `add "evidence" to the settings`)
	wrong(dataset.RenewOptions{Days: 40}, func(b *dataset.BatchOptions) { b.Role, b.Evidence = "batch", "nowhere" },
		`role "batch": must be a role's ARN`, "evidence bucket nowhere: doesn't exist")
	now := time.Now().UTC()
	// The job may take a day, and a day is kept beyond it.
	first := now.AddDate(0, 0, 30+2).Truncate(24*time.Hour).AddDate(0, 0, 1)
	wrong(dataset.RenewOptions{Until: now.AddDate(0, 0, 31)}, nil, "requires 30 days when each task runs",
		"the jobs may take 1 day; set "+first.Format(time.DateOnly)+" or later")
	wrong(dataset.RenewOptions{Days: 20}, nil, "days = 20: is shorter than the 30 days")
	wrong(dataset.RenewOptions{Days: 31}, func(b *dataset.BatchOptions) { b.Longest = 40 * 24 * time.Hour },
		"40 days of jobs", "leaves no date; raise maximumDays")
	if len(l.jobs(t)) > 0 || len(l.versions(t, "evidence", "")) > 0 {
		t.Errorf("mistakes left the jobs %v", l.jobs(t))
	}
	r := l.renewBatch(t, dataset.RenewOptions{Days: 30}, l.options())
	if !r.Until.Equal(first) || r.Left != 0 {
		t.Errorf("30 days become %s, not %s; %d left", r.Until, first, r.Left)
	}
}

// TestRenewBatchRows reads a manifest as S3 does.
func TestRenewBatchRows(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	b := l.options()
	b.Wait = false
	l.renewBatch(t, dataset.RenewOptions{Days: 10}, b)
	for key := range l.versions(t, "evidence", "batch-manifests/data/set/") {
		out, err := l.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("evidence"), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		_, _ = text.ReadFrom(out.Body)
		rows, err := csv.NewReader(&text).ReadAll()
		if err != nil || len(rows) != len(mixed) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			key, err := url.PathUnescape(row[1])
			versions := l.versions(t, "data", key)
			if err != nil || row[0] != "data" || strings.ContainsAny(row[1], `+ "`) ||
				fmt.Sprint(versions[key]) != "["+row[2]+"]" {
				t.Errorf("row %v, %v: the versions are %v", row, err, versions)
			}
		}
	}
}

// active is an HTTP client that sees the jobs of a listing run.
type active struct{}

func (active) Do(r *http.Request) (*http.Response, error) {
	out, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(out.Body)
	_ = out.Body.Close()
	text = bytes.ReplaceAll(text, []byte("<Status>Suspended<"), []byte("<Status>Active<"))
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return out, err
}

// TestRenewBatchTakesUp goes on with jobs of another day, as a schedule has to
// whose runs end before the jobs do, and writes their record.
func TestRenewBatchTakesUp(t *testing.T) {
	t.Parallel()
	l := newBatchServer(t)
	l.published(t)
	b := l.options()
	b.Wait = false
	floor := func(days int) {
		l.policy(t, fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":["s3:PutObject","s3:PutObjectRetention"],`+
			`"Resource":"arn:aws:s3:::data/*","Condition":{"NumericLessThan":{`+
			`"s3:object-lock-remaining-retention-days":"%d"}}}`, days))
	}
	day := func(n int) time.Time { return time.Now().UTC().AddDate(0, 0, n).Truncate(24 * time.Hour) }
	next := dataset.RenewOptions{Days: 365}
	b.Confirm = func(dataset.BatchPlan) error {
		floor(150) // jobs that haven't ended are followed
		following, plan := l.options(), next
		following.TakeUpDays, plan.PlanOnly = 120, true
		following.Control = s3control.New(l.control.Options(), func(o *s3control.Options) { o.HTTPClient = active{} })
		if r := l.renewBatch(t, plan, following); !r.Until.Equal(day(150)) {
			t.Errorf("while the jobs go on: until %s", r.Until)
		}
		floor(149)
		return nil
	}
	began := l.renewBatch(t, dataset.RenewOptions{Until: day(150)}, b)
	if len(began.Jobs) != 1 || began.Record != "" {
		t.Fatalf("%+v", began)
	}
	for l.jobs(t)["Complete"] == 0 {
		time.Sleep(20 * time.Millisecond)
	}
	b.Wait, b.Confirm = true, nil
	for _, c := range []struct {
		takeUp, floor int
		want          time.Time
	}{
		{120, 150, time.Time{}}, // the policy denies the manifest what was begun
		{120, 149, day(150)}, {149, 149, day(150)},
		{150, 0, time.Time{}}, // what was begun doesn't suffice
		{0, 0, time.Time{}},
	} {
		floor(c.floor)
		b.TakeUpDays, next.PlanOnly = c.takeUp, c.want.IsZero()
		r, err := dataset.RenewBatch(t.Context(), l.Client, at(t, "s3://data/set"), next, b)
		if c.want.IsZero() {
			if err != nil || !r.Until.After(day(360)) {
				t.Errorf("from %d days on, floor %d: until %s, %v", c.takeUp, c.floor, r.Until, err)
			}
			continue
		}
		if err != nil || !r.Until.Equal(c.want) || r.Left != 0 {
			t.Fatalf("from %d days on, floor %d: %+v, %v", c.takeUp, c.floor, r, err)
		}
		if c.takeUp == 120 && (r.Record == "" || !slices.Equal(ids(r.Jobs), ids(began.Jobs))) {
			t.Errorf("it did %+v", r)
		}
	}
	if all := l.jobs(t); all["Complete"] != 1 || len(all) != 1 {
		t.Errorf("there are the jobs %v", all)
	}
}
