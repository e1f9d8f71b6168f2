package hcptest

import (
	"net/http"
	"slices"
	"strings"
)

// A Workspace is a workspace of the organization.
type Workspace struct {
	// Name is unique in the organization.
	Name string
	// ExecutionMode is "local" or "remote".
	ExecutionMode string
	// Tags are the tags that Terraform selects it by.
	Tags []string
	// Variables are the environment variables of remote runs.
	Variables map[string]string
	// TerraformVersion is the version, or empty for "latest".
	TerraformVersion string

	id, project string
	locked      bool
	current     *stateVersion
	currentRun  string
}

// Add adds a workspace, as an administrator would before the first run.
func (s *Server) Add(w Workspace) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(&w)
}

func (s *Server) add(w *Workspace) {
	w.id = s.id("ws")
	if w.TerraformVersion == "" {
		w.TerraformVersion = "latest"
	}
	if w.ExecutionMode == "" {
		w.ExecutionMode = "remote"
	}
	if w.project == "" {
		w.project = "prj-default"
	}
	s.workspaces = append(s.workspaces, w)
}

// Workspaces returns the names of all workspaces in the order of their creation.
func (s *Server) Workspaces() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, w := range s.workspaces {
		names = append(names, w.Name)
	}
	return names
}

// State returns the current state of the named workspace, or nil.
func (s *Server) State(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workspaces {
		if w.Name == name && w.current != nil {
			return w.current.state
		}
	}
	return nil
}

// SetState sets the state of the named workspace, as a deploy would.
func (s *Server) SetState(name string, state []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workspaces {
		if w.Name == name {
			s.keepState(w, state)
		}
	}
}

// Locked reports whether the named workspace is locked.
func (s *Server) Locked(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.workspaces, func(w *Workspace) bool { return w.Name == name && w.locked })
}

// withWorkspace finds the workspace of a route under the lock.
func (s *Server) withWorkspace(do func(http.ResponseWriter, *http.Request, *Workspace)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, workspace := range s.workspaces {
			byName := workspace.Name == r.PathValue("name") && r.PathValue("org") == Organization
			if byName || workspace.id == r.PathValue("ws") {
				do(w, r, workspace)
				return
			}
		}
		fail(w, http.StatusNotFound, "not found")
	}
}

func (w *Workspace) resource() resource {
	relationships := map[string]any{
		"organization": to("organizations", Organization),
		"project":      to("projects", w.project),
	}
	if w.currentRun != "" {
		relationships["current-run"] = to("runs", w.currentRun)
	}
	if w.current != nil {
		relationships["current-state-version"] = to("state-versions", w.current.id)
	}
	return resource{Type: "workspaces", ID: w.id, Relationships: relationships, Attributes: map[string]any{
		"name": w.Name, "execution-mode": w.ExecutionMode, "operations": w.ExecutionMode != "local", "locked": w.locked,
		"terraform-version": w.TerraformVersion, "tag-names": w.Tags, "structured-run-output-enabled": false,
		"permissions": map[string]bool{
			"can-queue-run": true, "can-queue-apply": true, "can-queue-destroy": true,
			"can-lock": true, "can-unlock": true, "can-update": true,
		},
	}}
}

func (s *Server) workspaceRoutes(api *http.ServeMux) {
	one := s.withWorkspace(func(w http.ResponseWriter, _ *http.Request, workspace *Workspace) {
		sendOne(w, http.StatusOK, workspace.resource())
	})
	api.HandleFunc("GET /organizations/{org}/workspaces/{name}", one)
	api.HandleFunc("GET /workspaces/{ws}", one)
	api.HandleFunc("GET /organizations/{org}/workspaces", s.listWorkspaces)
	api.HandleFunc("POST /organizations/{org}/workspaces", s.createWorkspace)
	api.HandleFunc("PATCH /workspaces/{ws}",
		s.withWorkspace(func(w http.ResponseWriter, r *http.Request, workspace *Workspace) {
			var attributes struct {
				Version string `json:"terraform-version"`
			}
			if _, err := read(r, &attributes); err != nil {
				fail(w, http.StatusUnprocessableEntity, err.Error())
				return
			}
			workspace.TerraformVersion = attributes.Version
			sendOne(w, http.StatusOK, workspace.resource())
		}))
	api.HandleFunc("GET /workspaces/{ws}/tag-bindings",
		s.withWorkspace(func(w http.ResponseWriter, _ *http.Request, workspace *Workspace) {
			var bindings []resource
			for _, tag := range workspace.Tags {
				bindings = append(bindings, resource{
					Type: "tag-bindings", ID: workspace.id + tag, Attributes: map[string]any{"key": tag, "value": ""},
				})
			}
			sendAll(w, bindings)
		}))
	for _, path := range []string{"vars", "all-vars"} {
		api.HandleFunc("GET /workspaces/{ws}/"+path,
			s.withWorkspace(func(w http.ResponseWriter, _ *http.Request, workspace *Workspace) {
				var all []resource
				for key, value := range workspace.Variables {
					all = append(all, resource{
						Type: "vars", ID: "var-" + key,
						Attributes: map[string]any{"key": key, "value": value, "category": "env"},
					})
				}
				sendAll(w, all)
			}))
	}
	api.HandleFunc("POST /workspaces/{ws}/actions/lock", s.withWorkspace(setLock(true)))
	api.HandleFunc("POST /workspaces/{ws}/actions/unlock", s.withWorkspace(setLock(false)))
}

func setLock(locked bool) func(http.ResponseWriter, *http.Request, *Workspace) {
	return func(w http.ResponseWriter, _ *http.Request, workspace *Workspace) {
		if workspace.locked == locked {
			fail(w, http.StatusConflict, "conflict")
			return
		}
		workspace.locked = locked
		sendOne(w, http.StatusOK, workspace.resource())
	}
}

// listWorkspaces lists the workspaces that have all requested tags.
func (s *Server) listWorkspaces(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []resource
	wanted := strings.FieldsFunc(r.URL.Query().Get("search[tags]"), func(c rune) bool { return c == ',' })
	for _, workspace := range s.workspaces {
		if !slices.ContainsFunc(wanted, func(tag string) bool { return !slices.Contains(workspace.Tags, tag) }) {
			found = append(found, workspace.resource())
		}
	}
	sendAll(w, found)
}

func (s *Server) createWorkspace(w http.ResponseWriter, r *http.Request) {
	var attributes struct{ Name string }
	document, err := read(r, &attributes)
	if err != nil || r.PathValue("org") != Organization {
		fail(w, http.StatusNotFound, "not found")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	workspace := &Workspace{Name: attributes.Name, Tags: document.tags(), project: document.related("project")}
	s.add(workspace)
	sendOne(w, http.StatusCreated, workspace.resource())
}
