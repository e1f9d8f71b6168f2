package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"datalock/bucket"
	"datalock/internal/adopt"
	"datalock/internal/project"
	"datalock/settings"
)

// An adoptFile is the cdktf.json that a bucket is added to. If there is none, and
// none is written, it is one without buckets.
type adoptFile struct {
	path, stack string
	// encryption is the default encryption to write, empty for the bucket's.
	encryption string
	text       []byte
	// settings are the settings in the file. A file without buckets has mistakes,
	// which the added bucket may fix.
	settings settings.Settings
	declared bool
	// write is set if the stack must be new.
	write bool
}

func openAdoptFile(ctx context.Context, o adoptOptions) (*adoptFile, error) {
	f := &adoptFile{path: project.File, stack: o.stack, encryption: o.encryption, write: o.write}
	text, err := os.ReadFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !o.write:
		if text, err = emptyFile(ctx, o.s3Flags); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fmt.Errorf("read the settings: %w; run this in the project's folder, where main.go is", err)
	}
	f.text = text
	read, err := settings.DecodeFile(text, "")
	if syntax := (*settings.SyntaxError)(nil); errors.As(err, &syntax) || errors.Is(err, settings.ErrNested) {
		return nil, &project.SettingsError{Source: f.path, Err: err}
	}
	f.settings = read.Settings
	if f.stack == "" {
		f.stack = f.stackOf(o.bucket)
	}
	_, f.declared = f.settings.Buckets[f.stack]
	if f.declared && f.write {
		return nil, fmt.Errorf("%s declares the stack %s already; nothing was written; name another in --stack",
			f.path, f.stack)
	}
	if f.declared && f.encryption != "" {
		return nil, fmt.Errorf("--encryption: %s declares the stack %s already; change its encryption there", f.path, f.stack)
	}
	return f, nil
}

// stackOf returns the stack that has a bucket, or a name for one.
func (f *adoptFile) stackOf(bucket string) string {
	for _, stack := range f.settings.Stacks() {
		if f.settings.Buckets[stack].Name == bucket {
			return stack
		}
	}
	return strings.ReplaceAll(bucket, ".", "-")
}

// emptyFile returns a cdktf.json without buckets, for the server in the flags.
func emptyFile(ctx context.Context, server s3Flags) ([]byte, error) {
	c, err := server.config(ctx)
	if err != nil {
		return nil, err
	}
	endpoint := server.server(c)
	datalock := map[string]any{"region": c.Region, "buckets": struct{}{}}
	if endpoint != "" {
		datalock["endpoint"], datalock["allowPlainHTTP"] = endpoint, strings.HasPrefix(endpoint, "http://")
	}
	return json.Marshal(map[string]any{"context": map[string]any{"datalock": datalock}})
}

// server fills in missing flags from the settings, as audit does.
func (f *adoptFile) server(flags s3Flags) s3Flags {
	flags.endpoint = cmp.Or(flags.endpoint, f.settings.Endpoint)
	flags.region = cmp.Or(flags.region, f.settings.RegionOf(f.stack))
	return flags
}

// plan returns what the adoption of a bucket does, and the file's new text. The
// error says why the bucket can't be adopted.
func (f *adoptFile) plan(is adopt.Existing, unknown []adopt.Unknown) (adopt.Report, []byte, error) {
	r := adopt.Report{
		Schema: adopt.Schema, Read: time.Now().UTC().Truncate(time.Second), Stack: f.stack, Declared: f.declared,
		Unknown: unknown, Mistakes: []string{}, Bucket: is,
	}
	s, text, err := f.settings, f.text, error(nil)
	if !f.declared {
		s, text, err = f.with(is, &r)
	}
	r.Mistakes = append(r.Mistakes, mistakesOf(err)...)
	if len(unknown) > 0 {
		r.Settings = nil // they would be incomplete
	}
	r.Lists = adopt.Compare(is, unknown, s.BucketOf(f.stack), s.Tags)
	return r, text, err
}

// with adds the bucket, and checks the result against all rules of the settings.
func (f *adoptFile) with(is adopt.Existing, r *adopt.Report) (settings.Settings, []byte, error) {
	m, policyErr := adopt.NewMember(is, f.settings, f.encryption)
	if policyErr != nil {
		policyErr = &project.SettingsError{Source: f.path, Err: policyErr}
	}
	r.Settings = &m
	text, err := adopt.Insert(f.text, f.stack, m)
	if err != nil {
		return f.settings, nil, &project.SettingsError{Source: f.path, Err: err}
	}
	file, err := settings.DecodeFile(text, "")
	if err == nil {
		err = bucket.PolicyMistakes("buckets."+f.stack, file.Settings.BucketOf(f.stack)).Err()
	}
	if err != nil {
		err = &project.SettingsError{Source: f.path, Err: err}
	}
	return file.Settings, text, errors.Join(policyErr, err)
}

// mistakesOf returns the mistakes in an error.
func mistakesOf(err error) []string {
	if err == nil {
		return nil
	}
	var mistakes settings.Mistakes
	if !errors.As(err, &mistakes) {
		return []string{err.Error()}
	}
	var all []string
	for _, m := range mistakes {
		all = append(all, m.Error())
	}
	return all
}
