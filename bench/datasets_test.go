package main

import (
	"strings"
	"testing"

	"datalock/dataset"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestSink: what was published to the sink is found there, in size, checksum
// and lock, and what wasn't isn't.
func TestSink(t *testing.T) {
	sink, err := startSink()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.stop)
	dir := t.TempDir()
	s := situation{1200, 10}
	large := situation{1, 20 << 20}
	for _, one := range []situation{s, large} {
		if err := one.make(dir + "/" + one.String()); err != nil {
			t.Fatal(err)
		}
	}
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &sink.Endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	at := dataset.Location{Bucket: datasetBucket, Prefix: "set"}
	p, err := dataset.Publish(t.Context(), client, dir, at, dataset.PublishOptions{})
	if err != nil || p.Sent != 1201 {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := sink.holds(situation{1201, 0}); err == nil {
		t.Error("the sink doesn't count bytes")
	}
	v, err := dataset.Verify(t.Context(), client, at, dataset.VerifyOptions{Root: p.RootDigest})
	if err != nil || !v.Clean() || v.Checked != 1201 {
		t.Fatalf("%+v, %v", v, err)
	}
	for key := range sink.objects {
		if strings.HasSuffix(key, "0000007.bin") {
			delete(sink.objects, key)
		}
	}
	v, err = dataset.Verify(t.Context(), client, at, dataset.VerifyOptions{})
	if err != nil || v.Counts[dataset.Missing] != 1 || len(v.Counts) != 1 {
		t.Errorf("a file that isn't there: %v, %v", v.Counts, err)
	}
}

func TestDatasetTable(t *testing.T) {
	r := &datasetRun{Machine: machine{OS: "linux", CPU: "CPU", Cores: 2}}
	s := situation{100, 1 << 20}
	for _, seconds := range []float64{2, 1, 3} {
		r.add(s, sinkName, datalockName, seconds, 100*seconds)
		r.add(s, sinkName, s5cmdName, 2*seconds, 10)
	}
	r.add(s, "local server", headName, 0.9, 0)
	r.add(s, "local server", verifyName, 1, 50)
	got := r.table()
	for _, want := range []string{
		"| 100 × 1 MiB | sink | datalock publish | 2.00 s | 1.00 to 3.00 s | 50 | 52 |  | 300 MB |",
		"| 100 × 1 MiB | sink | s5cmd v2.3.0 | 4.00 s | 2.00 to 6.00 s | 25 | 26 | publish is 2.00 times as fast | 10 MB |",
		"| 100 × 1 MiB | local server | datalock verify | 1.00 s | 1.00 to 1.00 s | 100 | 105 | 90 % of its rate | 50 MB |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no\n%s\nin\n%s", want, got)
		}
	}
	if drawn := r.picture(); len(drawn.groups) != 1 || len(drawn.groups[0].bars) != 2 {
		t.Errorf("drawn are %+v", drawn)
	}
}

func TestNumbers(t *testing.T) {
	for _, wrong := range []string{"", "0", "5,x", "-1"} {
		if _, err := numbers("-flat", wrong); err == nil {
			t.Errorf("%q is a list of numbers", wrong)
		}
	}
	if _, err := parseDatasets(0, "", 1); err == nil {
		t.Error("a scale of 0 is taken")
	}
	if got := situations(0.5); got[0].files != 2500 || got[2].size != 512<<20 || got[2].files != 4 {
		t.Errorf("at half the scale: %v", got)
	}
}
