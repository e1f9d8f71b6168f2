// Package iamsimulate evaluates policies with an IAM simulator, for tests. The
// simulator is the npm package @cloud-copilot/iam-simulate, which knows the
// condition keys of every action. Its license is the AGPL: tests run it as a
// separate process, and nothing that is shipped contains or needs it.
//
// It is installed into the user's cache folder; if it can't be, the tests are
// skipped.
package iamsimulate

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"datalock/internal/testkit/npmtest"
	"datalock/internal/testkit/sandbox"
)

//go:embed simulate.mjs
var simulator string

// Request is one request to AWS.
type Request struct {
	// Principal is the ARN or the service that asks; empty for a request
	// without a signature.
	Principal string `json:"principal"`
	// Action is what it asks for, as in "s3:PutObject".
	Action string `json:"action"`
	// Resource is the ARN of what it asks it of.
	Resource string `json:"resource"`
	// Account is the ID of the account that owns the resource.
	Account string `json:"account"`
	// Granted adds a statement to the policy that allows the request, as an
	// owner would add it for services and other accounts. A principal with an
	// ARN has an identity policy that allows everything in any case.
	Granted bool `json:"granted"`
	// Identity are the policies of the principal; where there are none it has
	// one that allows everything.
	Identity []json.RawMessage `json:"identity,omitempty"`
	// Context holds the condition keys of the request.
	Context map[string]string `json:"context"`
}

// Verdict is the simulator's answer to one request.
type Verdict struct {
	// Result is Allowed, ImplicitlyDenied or ExplicitlyDenied.
	Result string `json:"result"`
	// DeniedBy are the Sids of the statements that deny.
	DeniedBy []string `json:"deniedBy"`
	// Error says why there is no result.
	Error string `json:"error"`
}

// Answer is the simulator's result for one policy.
type Answer struct {
	// Verdicts are those on the requests, in their order.
	Verdicts []Verdict `json:"verdicts"`
	// Misused names each condition key that an action of its statement
	// doesn't have: S3 refuses such a policy.
	Misused []string `json:"misused"`
}

// Group is a policy with the requests to evaluate with it.
type Group struct {
	// Policy is the resource's.
	Policy json.RawMessage `json:"policy"`
	// Requests are evaluated in their order.
	Requests []Request `json:"requests"`
}

// Run evaluates all requests with each policy. It skips the test if the
// simulator can't be installed, and fails it if the simulator can't evaluate.
func Run(t testing.TB, policies []json.RawMessage, requests []Request) []Answer {
	t.Helper()
	var groups []Group
	for _, policy := range policies {
		groups = append(groups, Group{Policy: policy, Requests: requests})
	}
	return RunGroups(t, groups)
}

// RunGroups evaluates each group's requests with its policy, as [Run] does, in
// one process: to start one takes as long as some hundred requests.
func RunGroups(t testing.TB, groups []Group) []Answer {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	folder := npmtest.Install(t, filepath.Dir(file))
	node, err := exec.LookPath("node")
	if err != nil {
		sandbox.Skip(t, "there is no node on PATH for the IAM simulator")
	}
	input, err := json.Marshal(groups)
	if err != nil {
		t.Fatal(err)
	}
	// What is evaluated looks for its packages in the working folder.
	cmd := exec.Command(node, "--input-type=module", "--eval", simulator)
	cmd.Dir, cmd.Stdin = folder, bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("run the IAM simulator: %v\n%s", err, stderr.String())
	}
	var answers []Answer
	if err := json.Unmarshal(stdout.Bytes(), &answers); err != nil || len(answers) != len(groups) {
		t.Fatalf("read the IAM simulator's %d answers to %d groups: %v", len(answers), len(groups), err)
	}
	for i, answer := range answers {
		if len(answer.Verdicts) != len(groups[i].Requests) {
			t.Fatalf("the IAM simulator gave %d verdicts on %d requests", len(answer.Verdicts), len(groups[i].Requests))
		}
	}
	return answers
}
