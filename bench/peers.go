package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// A peer is one way to synthesize the same stacks.
type peer struct {
	name    string
	command func(dir string, buckets int) []string
	env     []string
	// caches tells whether a first run differs from the others.
	caches bool
}

// The names of the peers, in the order of the table.
const (
	slimName       = "Datalock"
	stockName      = "Datalock, stock jsii"
	pinsName       = "Go, cdktf's own versions"
	typescriptName = "TypeScript, compiled"
)

// bucketName is the bucket in the project's cdktf.json.
const bucketName = "ai-dataset"

// buildPeers compiles the peers.
func buildPeers(work string) ([]peer, error) {
	app, stock := filepath.Join(work, "app"), filepath.Join(work, "stock")
	typescript, err := filepath.Abs(filepath.Join("bench", "typescript"))
	if err != nil {
		return nil, err
	}
	compiled := filepath.Join(typescript, "main.js")
	for _, step := range []struct {
		dir  string
		args []string
	}{
		{".", []string{"go", "build", "-o", app, "."}},
		{filepath.Join("bench", "stock"), []string{"go", "build", "-o", stock, "."}},
		{typescript, []string{"npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"}},
		{typescript, []string{"npx", "--no-install", "tsc"}},
	} {
		progress("build: %v", step.args)
		cmd := exec.Command(step.args[0], step.args[1:]...)
		cmd.Dir = step.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v in %s: %w\n%s", step.args, step.dir, err, out)
		}
	}
	run := func(binary string) func(string, int) []string {
		return func(string, int) []string { return []string{binary} }
	}
	return []peer{
		{name: slimName, command: run(app), caches: true},
		{name: stockName, command: run(app), caches: true, env: []string{"DATALOCK_JSII=stock"}},
		{name: pinsName, command: run(stock), caches: true},
		{name: typescriptName, command: func(dir string, buckets int) []string {
			template := filepath.Join(work, "template.json")
			return []string{"node", compiled, template, bucketName, strconv.Itoa(buckets), "cdktf.out"}
		}},
	}, nil
}

// writeProject writes a cdktf.json with a number of copies of the bucket.
func writeProject(dir string, buckets int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := os.ReadFile("cdktf.json")
	if err != nil {
		return err
	}
	var project struct {
		Context struct {
			Datalock struct {
				Region  string         `json:"region"`
				Buckets map[string]any `json:"buckets"`
			} `json:"datalock"`
		} `json:"context"`
	}
	if err := json.Unmarshal(text, &project); err != nil {
		return fmt.Errorf("cdktf.json: %w", err)
	}
	settings := &project.Context.Datalock
	bucket := settings.Buckets[bucketName]
	if buckets > 1 {
		settings.Buckets = map[string]any{}
		for i := range buckets {
			settings.Buckets[fmt.Sprintf("%s-%04d", bucketName, i)] = bucket
		}
	}
	if text, err = json.Marshal(project); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "cdktf.json"), text, 0o644)
}
