package jsiihost

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	provider "github.com/cdktf/cdktf-provider-aws-go/aws/v19/jsii"
	cdktf "github.com/hashicorp/terraform-cdk-go/cdktf/jsii"
)

// A patience is how long to wait for node.
type patience struct {
	// note is when to tell the user what is taking so long, limit when to give
	// up.
	note, limit time.Duration
}

var usual = patience{note: 10 * time.Second, limit: 2 * time.Minute}

// cacheVariable is the variable for the folder in which jsii keeps unpacked
// packages.
const cacheVariable = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"

// load starts node and loads the libraries. That can take long if jsii unpacks
// them first, and forever if its cache can't be used.
func (h *Host) load(ctx context.Context, stderr io.Writer) error {
	cache := cmp.Or(os.Getenv(cacheVariable), "the user's cache folder")
	for _, library := range []struct {
		name string
		load func()
	}{{"cdktf", cdktf.Initialize}, {"the AWS provider", provider.Initialize}} {
		doing := fmt.Sprintf("load %s in node, with jsii's packages in %s", library.name, cache)
		if err := h.wait(ctx, stderr, usual, doing, library.load); err != nil {
			return err
		}
	}
	return nil
}

// wait calls f, which waits for an answer from node, and turns jsii's panics
// into errors.
func (h *Host) wait(ctx context.Context, stderr io.Writer, p patience, doing string, f func()) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	note := time.AfterFunc(p.note, func() {
		fmt.Fprintf(stderr, "note: no answer from node for %s; still waiting to %s (up to %s)\n", p.note, doing, p.limit)
	})
	defer note.Stop()
	limit := time.AfterFunc(p.limit, h.end)
	defer func() {
		fault := recover()
		switch {
		case !limit.Stop():
			err = fmt.Errorf("%s: no answer for %s, so node was stopped; check that the folder can be written, "+
				"or unset %s", doing, p.limit, cacheVariable)
		case fault != nil:
			err = fmt.Errorf("%s: %v", doing, fault)
		}
	}()
	f()
	return nil
}
