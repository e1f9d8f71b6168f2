package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"datalock/internal/adopt"
	"datalock/internal/project"
)

// adoption reads the description of --adopt and chooses its stack; nil without
// the flag.
func (o *rehearseOptions) adoption(p project.Project) (*adopt.Report, error) {
	if o.adopt == "" {
		return nil, nil
	}
	if o.endpoint != "" {
		return nil, errors.New("--adopt: only on the local server; leave out --endpoint")
	}
	text, err := os.ReadFile(o.adopt)
	if err != nil {
		return nil, fmt.Errorf("--adopt: %w", err)
	}
	r, err := adopt.ReadReport(text)
	if err != nil {
		return nil, fmt.Errorf("--adopt %s: %w", o.adopt, err)
	}
	if len(o.stacks) == 0 {
		o.stacks = []string{r.Stack}
	}
	if len(o.stacks) > 1 {
		return nil, errors.New("--adopt: describes one bucket; name its stack only")
	}
	stack := o.stacks[0]
	if !slices.Contains(p.Settings.Stacks(), stack) {
		return nil, fmt.Errorf("--adopt: no stack %s in %s; run datalock adopt %s --stack %s --write first",
			stack, project.File, r.Bucket.Bucket, stack)
	}
	switch b := p.Settings.Buckets[stack]; {
	case b.Name != r.Bucket.Bucket:
		return nil, fmt.Errorf("--adopt %s: describes the bucket %s, and that of stack %s is %q",
			o.adopt, r.Bucket.Bucket, stack, b.Name)
	case !b.Adopted():
		return nil, fmt.Errorf(`--adopt: the stack %s creates its bucket; add "adopt", as datalock adopt --write does`, stack)
	}
	return &r, nil
}
