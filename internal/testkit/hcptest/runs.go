package hcptest

import (
	"net/http"
	"strconv"
	"strings"
)

// A configuration is an uploaded configuration version.
type configuration struct {
	id          string
	workspace   *Workspace
	speculative bool
	archive     []byte
}

// A run is a remote run. The server's lock protects its fields.
// https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run#run-states
type run struct {
	id, status                  string
	workspace                   *Workspace
	config                      *configuration
	destroy, autoApply, save    bool
	hasChanges                  bool
	planStatus, applyStatus     string
	planLog, applyLog           []byte
	planJSON                    []byte
	folder                      string
	planFinished, applyFinished bool
}

// confirmable reports whether the run waits for approval.
func (r *run) confirmable() bool { return r.status == "planned" || r.status == "planned_and_saved" }

func (r *run) resource() resource {
	return resource{Type: "runs", ID: r.id,
		Attributes: map[string]any{
			"status": r.status, "has-changes": r.hasChanges, "is-destroy": r.destroy, "auto-apply": r.autoApply,
			"plan-only": r.config.speculative, "save-plan": r.save,
			"actions": map[string]bool{
				"is-confirmable": r.confirmable(), "is-cancelable": false, "is-discardable": r.confirmable(),
			},
			"permissions": map[string]bool{"can-apply": true, "can-cancel": true, "can-discard": true},
		},
		Relationships: map[string]any{
			"workspace": to("workspaces", r.workspace.id), "plan": to("plans", "plan-"+r.id),
			"apply":                 to("applies", "apply-"+r.id),
			"configuration-version": to("configuration-versions", r.config.id),
		}}
}

func (s *Server) planResource(r *run) resource {
	return resource{Type: "plans", ID: "plan-" + r.id, Attributes: map[string]any{
		"status": r.planStatus, "has-changes": r.hasChanges, "log-read-url": s.url + "/logs/" + r.id + "/plan"}}
}

func (s *Server) runRoutes(api *http.ServeMux) {
	api.HandleFunc("POST /workspaces/{ws}/configuration-versions", s.withWorkspace(s.createConfiguration))
	api.HandleFunc("GET /configuration-versions/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if config := s.configs[r.PathValue("id")]; config != nil {
			sendOne(w, http.StatusOK, s.configurationResource(config))
			return
		}
		fail(w, http.StatusNotFound, "not found")
	})
	api.HandleFunc("POST /runs", s.createRun)
	api.HandleFunc("GET /runs/{run}", s.withRun(func(w http.ResponseWriter, _ *http.Request, one *run) {
		sendOne(w, http.StatusOK, one.resource(), s.planResource(one), one.workspace.resource())
	}))
	api.HandleFunc("GET /runs/{run}/run-events",
		s.withRun(func(w http.ResponseWriter, _ *http.Request, _ *run) { sendAll(w, nil) }))
	api.HandleFunc("GET /workspaces/{ws}/runs",
		s.withWorkspace(func(w http.ResponseWriter, _ *http.Request, _ *Workspace) { sendAll(w, nil) }))
	api.HandleFunc("POST /runs/{run}/actions/apply", s.withRun(func(w http.ResponseWriter, _ *http.Request, one *run) {
		if !one.confirmable() {
			fail(w, http.StatusConflict, "transition not allowed")
			return
		}
		s.startApply(one)
		w.WriteHeader(http.StatusAccepted)
	}))
	api.HandleFunc("GET /plans/{run}", s.withRun(func(w http.ResponseWriter, _ *http.Request, one *run) {
		sendOne(w, http.StatusOK, s.planResource(one))
	}))
	api.HandleFunc("GET /plans/{run}/json-output", s.withRun(func(w http.ResponseWriter, _ *http.Request, one *run) {
		if one.planJSON == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(one.planJSON)
	}))
	api.HandleFunc("GET /applies/{run}", s.withRun(func(w http.ResponseWriter, _ *http.Request, one *run) {
		sendOne(w, http.StatusOK, resource{Type: "applies", ID: "apply-" + one.id, Attributes: map[string]any{
			"status": one.applyStatus, "log-read-url": s.url + "/logs/" + one.id + "/apply"}})
	}))
}

// withRun finds the run of a route by the ID of the run, its plan or its apply,
// under the lock.
func (s *Server) withRun(do func(http.ResponseWriter, *http.Request, *run)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		id := strings.TrimPrefix(strings.TrimPrefix(r.PathValue("run"), "plan-"), "apply-")
		if one := s.runs[id]; one != nil {
			do(w, r, one)
			return
		}
		fail(w, http.StatusNotFound, "not found")
	}
}

func (s *Server) configurationResource(c *configuration) resource {
	status := "pending"
	if c.archive != nil {
		status = "uploaded"
	}
	return resource{Type: "configuration-versions", ID: c.id, Attributes: map[string]any{
		"status": status, "speculative": c.speculative, "upload-url": s.url + "/blobs/" + c.id + "/configuration"}}
}

func (s *Server) createConfiguration(w http.ResponseWriter, r *http.Request, workspace *Workspace) {
	var attributes struct{ Speculative bool }
	if _, err := read(r, &attributes); err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	config := &configuration{id: s.id("cv"), workspace: workspace, speculative: attributes.Speculative}
	s.configs[config.id] = config
	sendOne(w, http.StatusCreated, s.configurationResource(config))
}

func (s *Server) createRun(w http.ResponseWriter, r *http.Request) {
	var attributes struct {
		IsDestroy bool `json:"is-destroy"`
		AutoApply bool `json:"auto-apply"`
		SavePlan  bool `json:"save-plan"`
	}
	document, err := read(r, &attributes)
	s.mu.Lock()
	defer s.mu.Unlock()
	config := s.configs[document.related("configuration-version")]
	if err != nil || config == nil || config.archive == nil {
		fail(w, http.StatusUnprocessableEntity, "the run has no configuration")
		return
	}
	one := &run{
		id: s.id("run"), status: "planning", planStatus: "running", applyStatus: "pending",
		workspace: config.workspace, config: config,
		destroy: attributes.IsDestroy, autoApply: attributes.AutoApply, save: attributes.SavePlan,
	}
	s.runs[one.id] = one
	config.workspace.currentRun = one.id
	// A run waits in a locked workspace, without an error. A speculative one
	// doesn't need the lock.
	if one.workspace.locked && !config.speculative {
		one.status, one.planStatus = "pending", "pending"
	} else {
		s.startPlan(one)
	}
	sendOne(w, http.StatusCreated, one.resource())
}

// sendLog sends a part of a log, between the control characters that mark its
// start and end for the client.
func (s *Server) sendLog(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.runs[r.PathValue("run")]
	if one == nil {
		fail(w, http.StatusNotFound, "not found")
		return
	}
	text, finished := one.planLog, one.planFinished
	if r.PathValue("phase") == "apply" {
		text, finished = one.applyLog, one.applyFinished
	}
	const startOfText, endOfText = "\x02", "\x03"
	log := startOfText + string(text)
	if finished {
		log += endOfText
	}
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil {
		limit = len(log)
	}
	if offset < len(log) {
		_, _ = w.Write([]byte(log[offset:min(len(log), offset+limit)]))
	}
}
