package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"datalock/dataset/internal/batch"
	"datalock/dataset/internal/spill"
	"datalock/dataset/manifest"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// ErrStarted says that jobs were started, and nothing is verified yet.
var ErrStarted = errors.New("not verified yet")

// AtRestSums are what S3 computed of bytes at rest.
type AtRestSums struct {
	Jobs []BatchJob `json:"jobs"`
	// Files and Bytes count what S3 computed checksums of.
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
	// From and To are when the first job was created and the last one ended.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// VerifyAtRest does what [Verify] does, and has S3 read the bytes of all files
// again: jobs of S3 Batch Operations compute the SHA-256 of each version at
// rest, and their reports are compared with the manifest. Confirm is asked
// before they start.
//
// Run again on the same day, or with On, it finds its jobs. Without Wait it
// returns [ErrStarted] when they are started.
func VerifyAtRest(
	ctx context.Context,
	client *s3.Client,
	at Location,
	o VerifyOptions,
	b BatchOptions,
) (Verification, error) {
	if err := errors.Join(at.check(), o.check()); err != nil {
		return Verification{}, fmt.Errorf("verify %s: %w", at, err)
	}
	o.Read, o.Sample = false, 0
	v := newVerifier(client, at, o)
	defer v.close()
	v.result.Level, v.result.AtRest = AtRest, &AtRestSums{}
	err := v.runAtRest(ctx, b)
	v.done()
	if err != nil {
		return *v.result, explain(err)
	}
	return *v.result, nil
}

func (v *verifier) runAtRest(ctx context.Context, b BatchOptions) error {
	var wrong collector
	service, err := b.service(ctx, v.store.Client, v.o.Jobs, &wrong)
	if err != nil {
		return err
	}
	if err := wrong.err("nothing was started"); err != nil {
		return err
	}
	d, err := v.open(ctx)
	if err != nil || d == nil {
		return err
	}
	defer d.close()
	rest := v.result.AtRest
	if rest.Jobs, err = v.restJobs(ctx, d, service, b); err != nil {
		return err
	}
	if waiting(rest.Jobs) {
		if b.Confirm != nil {
			plan := RenewPlan{Location: v.at, Bytes: d.dataset().Bytes}
			if err := b.Confirm(BatchPlan{plan, rest.Jobs}); err != nil {
				return errors.Join(err, cancelWaiting(ctx, service, rest.Jobs))
			}
		}
		if err := startWaiting(ctx, service, rest.Jobs); err != nil {
			return err
		}
	}
	if !b.Wait {
		return fmt.Errorf("%s: %w", v.at, ErrStarted)
	}
	if err := follow(ctx, service, rest.Jobs, v.meter); err != nil {
		return err
	}
	if err := v.restReports(ctx, service, rest); err != nil {
		return err
	}
	return v.compare(ctx, d)
}

// restJobs creates the jobs, or finds those of the day.
func (v *verifier) restJobs(
	ctx context.Context,
	d *opened,
	service *batch.Service,
	b BatchOptions,
) ([]BatchJob, error) {
	of := "datalock verify " + batch.Token(v.at.Bucket, v.at.Prefix, v.result.RootDigest)[:16] + " on "
	on := b.On
	if on.IsZero() {
		on = v.now()
		earlier, err := service.Find(ctx, of)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBatch, err)
		}
		for _, j := range earlier {
			date, _, _ := strings.Cut(strings.TrimPrefix(j.Description, of), " ")
			if started, err := time.Parse(time.DateOnly, date); err == nil && !j.Ended() {
				on = started
			}
		}
	}
	date := on.Format(time.DateOnly)
	token := batch.Token("verify", v.result.RootDigest, date, b.Role, b.Evidence)
	folder := batch.Folder(v.at.Bucket, v.at.Prefix, "verify-"+token[:16])
	v.meter.begin(StepRows, d.dataset().Files, 0)
	w := service.Write(ctx, v.at.Bucket, func(n int) string {
		return fmt.Sprintf("%s%s/%05d.csv", batch.Manifests, folder, n)
	})
	for e, err := range d.entries() {
		if err == nil {
			v.meter.files.Add(1)
			err = w.Add(v.at.data(e.Name), e.VersionID())
		}
		if err != nil {
			return nil, fmt.Errorf("write the manifests of jobs: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write the manifests of jobs: %w", err)
	}
	operation := &types.JobOperation{S3ComputeObjectChecksum: &types.S3ComputeObjectChecksumOperation{
		ChecksumAlgorithm: types.ComputeObjectChecksumAlgorithmSha256,
		ChecksumType:      types.ComputeObjectChecksumTypeFullObject,
	}}
	var jobs []BatchJob
	for n, m := range w.Manifests {
		j, err := createJob(ctx, service, m, batch.Token(token, n), of+date+" of "+v.at.String(),
			batch.Reports+folder, operation, func(batch.Job) bool { return false })
		if err != nil {
			return nil, errors.Join(err, cancelWaiting(ctx, service, jobs))
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// A restSum is what S3 computed of a version, or why it couldn't.
type restSum struct{ version, sum, problem string }

// restReports reads the reports and keeps each checksum by its file's name.
func (v *verifier) restReports(ctx context.Context, service *batch.Service, rest *AtRestSums) error {
	v.sums = spill.New()
	v.meter.begin(StepReport, v.result.Files, 0)
	for _, j := range rest.Jobs {
		if rest.From.IsZero() || j.Created.Before(rest.From) {
			rest.From = j.Created.UTC()
		}
		if j.Ended != nil && j.Ended.After(rest.To) {
			rest.To = j.Ended.UTC()
		}
		if j.Status != string(types.JobStatusComplete) {
			v.findf(Unknown, v.at.String(), "job %s is %s: %s", j.ID, j.Status, j.Why)
		}
		if j.Succeeded+j.Failed == 0 {
			continue
		}
		if err := service.Report(ctx, j.job, v.addSum); err != nil {
			return fmt.Errorf("%w: %w", errBatch, err)
		}
	}
	return nil
}

func (v *verifier) addSum(row batch.Row) error {
	name, below := strings.CutPrefix(row.Key, v.at.data(""))
	if !below || row.Bucket != v.at.Bucket {
		return fmt.Errorf("a task is of s3://%s/%s", row.Bucket, row.Key)
	}
	v.meter.files.Add(1)
	sum, problem := sumOf(row)
	return v.sums.Add([]byte(strings.Join([]string{escapeZero.Replace(name), row.VersionID, sum, problem}, "\x00")))
}

// sumOf reads the result of Compute checksum.
func sumOf(row batch.Row) (sum, problem string) {
	if !row.Succeeded {
		return "", strings.ReplaceAll(fmt.Sprintf("%s (%d): %s", row.Code, row.HTTPStatus, row.Message), "\x00", "")
	}
	var result struct {
		Hex       string `json:"checksum_hex"`
		Algorithm string `json:"checksumAlgorithm"`
		Type      string `json:"checksumType"`
	}
	err := json.Unmarshal([]byte(row.Message), &result)
	switch {
	case err != nil:
		return "", "its result can't be read: " + err.Error()
	case result.Algorithm != "SHA256" || result.Type != "FULL_OBJECT":
		return "", fmt.Sprintf("its result is a %s of the type %s", result.Algorithm, result.Type)
	}
	return strings.ToLower(result.Hex), ""
}

// restEntry is an entry with what S3 computed of it.
type restEntry struct {
	entry manifest.Entry
	rest  *restSum
}

func nameOfRest(e restEntry) string { return e.entry.Name }

// withSums puts the checksums that S3 computed beside the entries.
func (v *verifier) withSums(entries iter.Seq2[manifest.Entry, error]) iter.Seq2[restEntry, error] {
	return func(yield func(restEntry, error) bool) {
		if v.sums == nil {
			for e, err := range entries {
				if !yield(restEntry{entry: e}, err) {
					return
				}
			}
			return
		}
		type named struct {
			name string
			restSum
		}
		sums := func(yield func(named, error) bool) {
			for record, err := range v.sums.Sorted() {
				f := strings.Split(string(record), "\x00")
				if err == nil && len(f) != 4 {
					err = fmt.Errorf("a version id with a zero byte in the report: %q", record)
				}
				if err != nil {
					yield(named{}, err)
					return
				}
				if !yield(named{unescapeZero.Replace(f[0]), restSum{f[1], f[2], f[3]}}, nil) {
					return
				}
			}
		}
		nameOf := func(e manifest.Entry) string { return e.Name }
		for pair, err := range join(entries, nameOf, sums, func(n named) string { return n.name }) {
			switch {
			case err != nil:
				yield(restEntry{}, err)
				return
			case pair.a == nil:
				yield(restEntry{}, fmt.Errorf("%w: the report has a second or unknown task of %s",
					errBatch, v.at.url(v.at.data(pair.name))))
				return
			}
			e := restEntry{entry: *pair.a}
			if pair.b != nil {
				e.rest = &pair.b.restSum
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}
