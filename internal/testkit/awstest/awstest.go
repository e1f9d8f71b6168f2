// Package awstest is as much of IAM, CloudTrail, EventBridge, SNS, KMS and STS
// as Terraform needs to deploy the whole topology: what is written is kept and
// read back. Nothing is checked or done, no trail records and no alarm is sent.
// S3 is the rehearsal's own server.
package awstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Account is the ID of the account that all credentials belong to.
const Account = "012345678901"

// A Server answers for all the services.
type Server struct {
	URL string

	mu    sync.Mutex
	asked map[string]bool
	kept  map[string]object
	// denied is the action that nobody may do, such as "iam:GetRole".
	denied string
}

// Deny has the server deny one action from now on, or none if it is "".
func (s *Server) Deny(action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied = action
}

// object is what is kept of one resource, or a request.
type object = map[string]any

// missing are the services' codes for what they don't have. An action that isn't
// known here is answered like this too.
var missing = map[string]string{
	"cloudtrail": "TrailNotFoundException", "events": "ResourceNotFoundException", "kms": "NotFoundException",
	"iam": "NoSuchEntity", "sns": "NotFound",
}

// Start starts a server that stops with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{asked: map[string]bool{}, kept: map[string]object{}}
	running := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(running.Close)
	s.URL = running.URL
	return s
}

// Env returns the variables that have the AWS provider use the server.
func (s *Server) Env() map[string]string {
	env := map[string]string{}
	for _, service := range []string{"IAM", "CLOUDTRAIL", "EVENTBRIDGE", "CLOUDWATCH_EVENTS", "SNS", "KMS", "STS"} {
		env["AWS_ENDPOINT_URL_"+service] = s.URL
	}
	return env
}

// Asked returns the actions that were asked for until now, sorted, as IAM names
// them, and forgets them.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for action := range s.asked {
		all = append(all, action)
	}
	s.asked = map[string]bool{}
	slices.Sort(all)
	return all
}

// scope is the Region and the service in a signature.
var scope = regexp.MustCompile(`Credential=[^/]+/[0-9]{8}/([^/]+)/([^/]+)/aws4_request`)

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	signed := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	body, err := io.ReadAll(r.Body)
	if signed == nil || err != nil {
		http.Error(w, "a request without a signature", http.StatusForbidden)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	region, service := signed[1], signed[2]
	if _, action, found := strings.Cut(r.Header.Get("X-Amz-Target"), "."); found {
		action = action[strings.LastIndexByte(action, '.')+1:]
		s.asked[service+":"+action] = true
		s.answerJSON(w, call{service, action, region}, body)
		return
	}
	s.answerQuery(w, service, body)
	s.noteQuery(service, body)
}

// A call is one action of a service in a Region.
type call struct{ service, action, region string }

func (c call) arn(resource string) string {
	return strings.Join([]string{"arn:aws", c.service, c.region, Account, resource}, ":")
}

func (s *Server) answerJSON(w http.ResponseWriter, c call, body []byte) {
	in := object{}
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	var out object
	if answer, known := actions[c.service+":"+c.action]; known {
		out = answer(s, c, in)
	}
	if s.denied == c.service+":"+c.action {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(object{"__type": "AccessDeniedException", "message": s.denied})
		return
	}
	if out == nil {
		w.WriteHeader(http.StatusBadRequest)
		out = object{"__type": missing[c.service], "message": fmt.Sprintf("%s:%s", c.service, c.action)}
	}
	_ = json.NewEncoder(w).Encode(out)
}
