package hcptest

import (
	"io"
	"net/http"
)

// A stateVersion is one state of a workspace. Its bytes are uploaded separately,
// to a URL that needs no token.
type stateVersion struct {
	id        string
	serial    int64
	workspace *Workspace
	state     []byte
}

func (s *Server) stateResource(v *stateVersion) resource {
	status := "pending"
	if v.state != nil {
		status = "finalized"
	}
	blob := s.url + "/blobs/" + v.id
	return resource{Type: "state-versions", ID: v.id, Attributes: map[string]any{
		"serial": v.serial, "status": status, "resources-processed": true,
		"hosted-state-download-url": blob + "/state", "hosted-state-upload-url": blob + "/state",
		"hosted-json-state-upload-url": blob + "/json", "hosted-json-state-download-url": blob + "/json",
	}}
}

func (s *Server) stateRoutes(api *http.ServeMux) {
	api.HandleFunc("GET /workspaces/{ws}/current-state-version",
		s.withWorkspace(func(w http.ResponseWriter, _ *http.Request, workspace *Workspace) {
			if workspace.current == nil {
				fail(w, http.StatusNotFound, "not found")
				return
			}
			sendOne(w, http.StatusOK, s.stateResource(workspace.current))
		}))
	api.HandleFunc("GET /workspaces/{ws}/current-state-version-outputs", s.withWorkspace(s.sendOutputs))
	api.HandleFunc("POST /workspaces/{ws}/state-versions", s.withWorkspace(s.createState))
	api.HandleFunc("GET /state-versions/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if version := s.versions[r.PathValue("id")]; version != nil {
			sendOne(w, http.StatusOK, s.stateResource(version))
			return
		}
		fail(w, http.StatusNotFound, "not found")
	})
}

// createState rejects a state if the workspace isn't locked, or if its serial
// isn't higher than the current one.
func (s *Server) createState(w http.ResponseWriter, r *http.Request, workspace *Workspace) {
	var attributes struct {
		Serial int64
		Force  bool
	}
	if _, err := read(r, &attributes); err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if !workspace.locked {
		fail(w, http.StatusConflict, "the workspace isn't locked")
		return
	}
	if current := workspace.current; current != nil && attributes.Serial <= current.serial && !attributes.Force {
		fail(w, http.StatusConflict, "the serial is not newer")
		return
	}
	version := &stateVersion{id: s.id("sv"), serial: attributes.Serial, workspace: workspace}
	s.versions[version.id] = version
	sendOne(w, http.StatusCreated, s.stateResource(version))
}

// blobRoutes are the routes with signed URLs: uploads, downloads and logs.
func (s *Server) blobRoutes(all *http.ServeMux) {
	all.HandleFunc("PUT /blobs/{id}/{kind}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		version, config := s.versions[r.PathValue("id")], s.configs[r.PathValue("id")]
		switch {
		case err != nil:
			fail(w, http.StatusBadRequest, err.Error())
		case config != nil:
			config.archive = body
		case version != nil && r.PathValue("kind") == "state":
			version.state = body
			version.workspace.current = version
		case version == nil:
			fail(w, http.StatusNotFound, "not found")
		}
	})
	all.HandleFunc("GET /blobs/{id}/{kind}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if version := s.versions[r.PathValue("id")]; version != nil {
			_, _ = w.Write(version.state)
			return
		}
		fail(w, http.StatusNotFound, "not found")
	})
	all.HandleFunc("GET /logs/{run}/{phase}", s.sendLog)
}
