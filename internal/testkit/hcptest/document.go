package hcptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// A resource is a JSON:API resource object. https://jsonapi.org/format/#document-resource-objects
type resource struct {
	Type          string         `json:"type"`
	ID            string         `json:"id"`
	Attributes    map[string]any `json:"attributes"`
	Relationships map[string]any `json:"relationships,omitempty"`
}

// to returns a relationship to one resource.
func to(kind, id string) any {
	return map[string]any{"data": map[string]string{"type": kind, "id": id}}
}

func send(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/vnd.api+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}

func sendOne(w http.ResponseWriter, status int, one resource, included ...resource) {
	document := map[string]any{"data": one}
	if len(included) > 0 {
		document["included"] = included
	}
	send(w, status, document)
}

// sendAll sends a list as its only page.
func sendAll(w http.ResponseWriter, all []resource) {
	if all == nil {
		all = []resource{}
	}
	send(w, http.StatusOK, map[string]any{"data": all, "meta": map[string]any{"pagination": map[string]int{
		"current-page": 1, "page-size": 100, "total-pages": 1, "total-count": len(all),
	}}})
}

// fail sends an error object. HCP Terraform also returns "not found" for what
// the token may not see.
func fail(w http.ResponseWriter, status int, title string) {
	send(w, status, map[string]any{"errors": []map[string]string{{"status": strconv.Itoa(status), "title": title}}})
}

// A request is the part of a JSON:API request that the server reads.
type request struct {
	Data struct {
		Attributes    json.RawMessage
		Relationships map[string]struct {
			Data json.RawMessage
		}
	}
}

// read decodes a request's attributes. It ignores those that into doesn't have.
func read(r *http.Request, attributes any) (request, error) {
	var document request
	if err := json.NewDecoder(r.Body).Decode(&document); err != nil {
		return document, fmt.Errorf("read the request: %w", err)
	}
	if len(document.Data.Attributes) == 0 {
		return document, nil
	}
	if err := json.Unmarshal(document.Data.Attributes, attributes); err != nil {
		return document, fmt.Errorf("read the request's attributes: %w", err)
	}
	return document, nil
}

// related returns the ID of the resource that a request relates to, or "".
func (d request) related(name string) string {
	var one struct{ ID string }
	_ = json.Unmarshal(d.Data.Relationships[name].Data, &one)
	return one.ID
}
