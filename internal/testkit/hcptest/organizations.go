package hcptest

import (
	"encoding/json"
	"net/http"
	"strings"
)

func (s *Server) organizationRoutes(api *http.ServeMux) {
	known := func(do http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.PathValue("org") != Organization {
				fail(w, http.StatusNotFound, "not found")
				return
			}
			do(w, r)
		}
	}
	api.HandleFunc("GET /organizations/{org}/entitlement-set", known(func(w http.ResponseWriter, _ *http.Request) {
		sendOne(w, http.StatusOK, resource{
			Type: "entitlement-sets", ID: "org-1",
			Attributes: map[string]any{"operations": true, "state-storage": true, "vcs-integrations": true},
		})
	}))
	api.HandleFunc("GET /organizations/{org}/projects", known(s.listProjects))
	api.HandleFunc("POST /organizations/{org}/projects", known(s.createProject))
	api.HandleFunc("GET /organizations/{org}/runs/queue",
		known(func(w http.ResponseWriter, _ *http.Request) { sendAll(w, nil) }))
	api.HandleFunc("GET /organizations/{org}/capacity", known(func(w http.ResponseWriter, _ *http.Request) {
		sendOne(w, http.StatusOK, resource{
			Type: "organization-capacity", ID: Organization,
			Attributes: map[string]any{"pending": 0, "running": 0},
		})
	}))
}

func (s *Server) listProjects(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []resource
	for id, name := range s.projects {
		if asked := r.URL.Query().Get("filter[names]"); asked == "" || strings.EqualFold(asked, name) {
			found = append(found, resource{Type: "projects", ID: id, Attributes: map[string]any{"name": name}})
		}
	}
	sendAll(w, found)
}

func (s *Server) createProject(w http.ResponseWriter, r *http.Request) {
	var attributes struct{ Name string }
	if _, err := read(r, &attributes); err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.id("prj")
	s.projects[id] = attributes.Name
	sendOne(w, http.StatusCreated, resource{Type: "projects", ID: id, Attributes: map[string]any{"name": attributes.Name}})
}

// tags returns the tags of a new workspace. Terraform sends them as tags or as
// tag bindings.
func (d request) tags() []string {
	var tags []string
	for name, attribute := range map[string]string{"tags": "name", "tag-bindings": "key"} {
		var many []struct{ Attributes map[string]string }
		_ = json.Unmarshal(d.Data.Relationships[name].Data, &many)
		for _, one := range many {
			tags = append(tags, one.Attributes[attribute])
		}
	}
	return tags
}
