package check

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"
)

// informationURI is where the rules are documented.
const informationURI = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html"

func (r Report) writeSARIF(w io.Writer, source string) error {
	return WriteSARIF(w, r.Files, Rules(), source, r.Judged())
}

// WriteSARIF writes findings for code scanning. A plan isn't a file of the
// repository, so each finding points to the first line of the source and names
// the resource. A finding with an exception is a note. judged reports whether
// all files could be judged.
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
func WriteSARIF(w io.Writer, files []File, rules []Rule, source string, judged bool) error {
	report, err := sarif.New(sarif.Version210)
	if err != nil {
		return err
	}
	run := sarif.NewRunWithInformationURI("datalock", informationURI)
	for _, rule := range rules {
		run.AddRule(rule.Name).WithShortDescription(sarif.NewMultiformatMessageString(rule.Finds)).
			WithFullDescription(sarif.NewMultiformatMessageString(rule.Reason)).WithHelpURI(rule.Source)
	}
	invocation := run.AddInvocation(judged)
	for _, f := range files {
		file := source
		if file == "" {
			file = f.Name
		}
		if f.Error != "" {
			note := sarif.NewNotification().WithLevel("error").WithMessage(sarif.NewTextMessage(f.Name + ": " + f.Error))
			invocation.ToolExecutionNotifications = append(invocation.ToolExecutionNotifications, note)
			continue
		}
		warnings := f.Warnings
		if len(f.LeftOut) > 0 {
			warnings = append(warnings, f.leftOut())
		}
		for _, w := range warnings {
			note := sarif.NewNotification().WithLevel("warning").WithMessage(sarif.NewTextMessage(f.Name + ": " + w))
			invocation.ToolExecutionNotifications = append(invocation.ToolExecutionNotifications, note)
		}
		for _, p := range f.Permanent {
			text := f.Name + ": permanent from now: " + p.Address + ": " + p.Says
			note := sarif.NewNotification().WithLevel("note").WithMessage(sarif.NewTextMessage(text))
			invocation.ToolExecutionNotifications = append(invocation.ToolExecutionNotifications, note)
		}
		for _, x := range f.Findings {
			run.AddResult(x.result(file))
		}
		for _, x := range f.Excepted {
			run.AddResult(x.result(file).WithLevel("note").
				WithMessage(sarif.NewTextMessage(x.Address + ": " + x.Message + " (excepted: " + x.Exception + ")")))
		}
	}
	report.AddRun(run)
	return report.PrettyWrite(w)
}

// uri returns a file's path as a relative reference, or as a file URI if it is
// absolute.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, 3.4.3
func uri(file string) string {
	if strings.Contains(file, "://") {
		return file // such as the URI of a bucket
	}
	location := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		location.Scheme = "file"
	}
	return location.String()
}

// result returns the finding with a fingerprint of rule and address, by which
// code scanning recognises it in later runs.
func (x Finding) result(file string) *sarif.Result {
	sum := sha256.Sum256([]byte(x.Rule + "\x00" + x.Address))
	location := sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri(file))).WithRegion(sarif.NewSimpleRegion(1, 1)))
	logical := sarif.NewLogicalLocation()
	logical.WithFullyQualifiedName(x.Address).WithKind("resource")
	location.LogicalLocations = append(location.LogicalLocations, logical)
	return sarif.NewRuleResult(x.Rule).WithLevel("error").
		WithMessage(sarif.NewTextMessage(x.Address + ": " + x.Message)).
		WithLocations([]*sarif.Location{location}).
		WithPartialFingerPrints(map[string]interface{}{"datalock/v1": hex.EncodeToString(sum[:])})
}
