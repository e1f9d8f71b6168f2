package hcptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// override keeps the state of a run next to its configuration, because HCP
// Terraform ignores the cloud block in a remote run.
// https://developer.hashicorp.com/terraform/language/files/override#merging-terraform-blocks
const override = `{"terraform": {"backend": {"local": {"path": "run.tfstate"}}}}`

// startPlan and startApply start a phase of a run. The caller holds the lock.
func (s *Server) startPlan(one *run) {
	if !one.config.speculative {
		one.workspace.locked = true
	}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		err := s.plan(one)
		s.mu.Lock()
		defer s.mu.Unlock()
		one.planFinished = true
		switch {
		case err != nil:
			one.planLog = fmt.Appendf(one.planLog, "\nOperation failed: %v\n", err)
			one.planStatus = "errored"
			s.end(one, "errored")
		case one.config.speculative || !one.hasChanges:
			one.planStatus = "finished"
			s.end(one, "planned_and_finished")
		case one.save:
			one.planStatus, one.status = "finished", "planned_and_saved"
			one.workspace.locked = false
			s.startPending(one.workspace)
		case one.autoApply:
			one.planStatus = "finished"
			s.startApply(one)
		default:
			one.planStatus, one.status = "finished", "planned"
		}
	}()
}

// startPending starts the runs that wait for a workspace. The caller holds the
// lock.
func (s *Server) startPending(workspace *Workspace) {
	for _, one := range s.runs {
		if one.workspace == workspace && one.status == "pending" && !workspace.locked {
			one.status, one.planStatus = "planning", "running"
			s.startPlan(one)
		}
	}
}

func (s *Server) startApply(one *run) {
	one.status, one.applyStatus, one.workspace.locked = "applying", "running", true
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		err := s.terraformIn(one, &one.applyLog, "apply", "-no-color", "-input=false", "plan")
		state, readErr := os.ReadFile(filepath.Join(one.folder, "run.tfstate"))
		s.mu.Lock()
		defer s.mu.Unlock()
		one.applyFinished, one.applyStatus = true, "finished"
		if readErr == nil {
			s.keepState(one.workspace, state)
		}
		if err != nil {
			one.applyStatus = "errored"
			s.end(one, "errored")
			return
		}
		s.end(one, "applied")
	}()
}

// end ends a run and releases its workspace. The caller holds the lock.
func (s *Server) end(one *run, status string) {
	one.status = status
	one.workspace.locked = false
	_ = os.RemoveAll(one.folder)
	s.startPending(one.workspace)
}

func (s *Server) keepState(workspace *Workspace, state []byte) {
	var header struct{ Serial int64 }
	_ = json.Unmarshal(state, &header)
	version := &stateVersion{id: s.id("sv"), serial: header.Serial, workspace: workspace, state: state}
	s.versions[version.id], workspace.current = version, version
}

// plan unpacks the configuration and plans it with the workspace's state.
func (s *Server) plan(one *run) error {
	one.folder = filepath.Join(s.dir, one.id)
	if err := os.Mkdir(one.folder, 0o700); err != nil {
		return err
	}
	unpack := exec.Command("tar", "-xzf", "-", "-C", one.folder)
	unpack.Stdin = bytes.NewReader(one.config.archive)
	if out, err := unpack.CombinedOutput(); err != nil {
		return fmt.Errorf("unpack the configuration: %w: %s", err, out)
	}
	files := map[string][]byte{"hcp_override.tf.json": []byte(override)}
	s.mu.Lock()
	if current := one.workspace.current; current != nil {
		files["run.tfstate"] = current.state
	}
	s.mu.Unlock()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(one.folder, name), text, 0o600); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(one.folder, ".terraform")); err != nil {
		return err
	}
	// HCP Terraform only shows the errors of the initialization.
	var initialised []byte
	if err := s.terraformIn(one, &initialised, "init", "-no-color", "-input=false"); err != nil {
		return fmt.Errorf("%w\n%s", err, initialised)
	}
	args := []string{"plan", "-no-color", "-input=false", "-out=plan"}
	if one.destroy {
		args = append(args, "-destroy")
	}
	if err := s.terraformIn(one, &one.planLog, args...); err != nil {
		return err
	}
	return s.readPlan(one)
}

func (s *Server) readPlan(one *run) error {
	var text []byte
	if err := s.terraformIn(one, &text, "show", "-json", "plan"); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	var plan struct {
		Changes []struct {
			Change struct{ Actions []string }
		} `json:"resource_changes"`
		Outputs map[string]struct{ Actions []string } `json:"output_changes"`
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one.planJSON = text
	for _, change := range plan.Changes {
		one.hasChanges = one.hasChanges || change.Change.Actions[0] != "no-op"
	}
	for _, output := range plan.Outputs {
		one.hasChanges = one.hasChanges || output.Actions[0] != "no-op"
	}
	return nil
}

// terraformIn runs terraform in a run's folder and appends its output to a log,
// under the lock.
func (s *Server) terraformIn(one *run, log *[]byte, args ...string) error {
	cmd := exec.Command(s.terraform.Path, args...)
	cmd.Dir, cmd.Env = one.folder, s.environment(one.workspace)
	writer := &logWriter{server: s, log: log}
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("terraform %s: %w", args[0], err)
	}
	return nil
}

// environment returns the environment of a run. It has only the workspace's
// credentials.
func (s *Server) environment(workspace *Workspace) []string {
	var env []string
	for _, variable := range s.terraform.Env {
		if !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "TF_TOKEN_") {
			env = append(env, variable)
		}
	}
	env = append(env, "AWS_EC2_METADATA_DISABLED=true", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_CONFIG_FILE=/dev/null", "AWS_CA_BUNDLE=")
	for key, value := range workspace.Variables {
		env = append(env, key+"="+value)
	}
	return env
}

type logWriter struct {
	server *Server
	log    *[]byte
}

func (w *logWriter) Write(p []byte) (int, error) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	*w.log = append(*w.log, p...)
	return len(p), nil
}
