package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"datalock/dataset"
	"datalock/internal/printable"

	"github.com/spf13/cobra"
)

// listOptions are the flags of list.
type listOptions struct {
	s3Flags
	json bool
}

func newList(std streams) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:   "list s3://BUCKET",
		Short: "List the datasets of a bucket",
		Long: `List reads the manifests in a bucket and prints its datasets: files, size, the
earliest end of their retention, as set at publication or by the last renewal,
whether they are signed, and their root digest. It verifies nothing; use verify
for that.

Exit codes:
  0  listed
  1  the bucket or a manifest couldn't be read`,
		Example: "  datalock list s3://acme-data",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runList(cmd.Context(), args[0], o, std) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON document on stdout")
	o.add(cmd)
	return cmd
}

func runList(ctx context.Context, place string, o listOptions, std streams) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	bucket, ok := bucketOf(place)
	if !ok {
		return fmt.Errorf("list %q: must be a bucket, such as s3://acme-data", place)
	}
	client, err := o.client(ctx)
	if err != nil {
		return err
	}
	all, err := dataset.List(ctx, client, bucket)
	if err != nil {
		return interrupted(ctx, err)
	}
	if o.json {
		err = printJSON(all, std)
	} else {
		err = printList(all, std)
	}
	for _, d := range all {
		if d.RecordProblem != "" {
			fmt.Fprintln(std.err, printable.Line(fmt.Sprintf("note: %s: %s; it is ignored", d.Location, d.RecordProblem)))
		}
		if err == nil && d.Problem != "" {
			err = errors.New("a manifest couldn't be read")
		}
	}
	return err
}

// bucketOf returns the bucket in s3://BUCKET.
func bucketOf(place string) (bucket string, ok bool) {
	bucket, ok = strings.CutPrefix(strings.TrimSuffix(place, "/"), "s3://")
	return bucket, ok && bucket != "" && !strings.Contains(bucket, "/")
}

func printList(all []dataset.Summary, std streams) error {
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DATASET\tFILES\tSIZE\tMODE\tLOCKED UNTIL AT LEAST\tSIGNED\tROOT DIGEST")
	for _, d := range all {
		if d.Problem != "" {
			fmt.Fprintf(table, "%s\t%s\n", printable.Line(d.String()), printable.Line(d.Problem))
			continue
		}
		signed := "no"
		switch {
		case d.Signed:
			signed = "yes"
		case d.SignatureUnread:
			signed = "unknown"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", printable.Line(d.String()), d.Files, size(d.Bytes),
			d.Retention.Mode, d.Ends().Format(time.DateOnly), signed, d.RootDigest)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the datasets: %w", err)
	}
	return nil
}
