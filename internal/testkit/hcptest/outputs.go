package hcptest

import (
	"encoding/json"
	"net/http"
)

// sendOutputs sends the outputs of the current state. terraform output reads
// them without the state. https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-version-outputs
func (s *Server) sendOutputs(w http.ResponseWriter, _ *http.Request, workspace *Workspace) {
	if workspace.current == nil {
		fail(w, http.StatusNotFound, "not found")
		return
	}
	var state struct {
		Outputs map[string]struct {
			Value, Type any
			Sensitive   bool
		}
	}
	if err := json.Unmarshal(workspace.current.state, &state); err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	var all []resource
	for name, output := range state.Outputs {
		all = append(all, resource{Type: "state-version-outputs", ID: "wsout-" + name, Attributes: map[string]any{
			"name": name, "sensitive": output.Sensitive, "value": output.Value,
			"type": output.Type, "detailed-type": output.Type,
		}})
	}
	sendAll(w, all)
}
