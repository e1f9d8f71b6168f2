package hcptest

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"datalock/internal/testkit/tftest"
)

// Tokens that the server knows. ReadToken can read but not create anything.
const (
	Token     = "hcptest-token"
	ReadToken = "hcptest-read-token"
)

// Lock locks the named workspace as a user would, or unlocks it.
func (s *Server) Lock(name string, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workspaces {
		if w.Name == name {
			w.locked = locked
			s.startPending(w)
		}
	}
}

// A Server is a running test server.
type Server struct {
	// Host is the value for the setting backend.cloud.hostname.
	Host string
	// CAFile is the certificate to trust, for SSL_CERT_FILE.
	CAFile string
	// Client trusts the certificate.
	Client *http.Client

	terraform tftest.Terraform
	dir       string
	url       string

	mu         sync.Mutex
	sequence   int
	workspaces []*Workspace
	projects   map[string]string
	versions   map[string]*stateVersion
	configs    map[string]*configuration
	runs       map[string]*run
	requests   []string
	refused    map[string]int
	running    sync.WaitGroup
}

// Organization is the only organization.
const Organization = "acme"

// Start starts a server that uses tf for remote runs. It stops with the test.
func Start(t testing.TB, tf tftest.Terraform) *Server {
	t.Helper()
	s := &Server{
		terraform: tf, dir: t.TempDir(),
		projects: map[string]string{"prj-default": "Default Project"},
		versions: map[string]*stateVersion{}, configs: map[string]*configuration{}, runs: map[string]*run{},
		refused: map[string]int{},
	}
	// Its certificate is for the loopback addresses, not for localhost.
	server := httptest.NewTLSServer(s.handler())
	s.url, s.Client = server.URL, server.Client()
	s.Host = strings.TrimPrefix(server.URL, "https://")
	s.CAFile = filepath.Join(s.dir, "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(s.CAFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.running.Wait()
		server.Close()
	})
	return s
}

// Env returns the environment variables with which Terraform and the tool use
// the server. It leaves out an empty token.
func (s *Server) Env(token string) []string {
	env := []string{"SSL_CERT_FILE=" + s.CAFile, "SSL_CERT_DIR="}
	if token != "" {
		env = append(env, s.TokenVariable()+"="+token)
	}
	return env
}

// TokenVariable is the name of the environment variable with the host's token.
// https://developer.hashicorp.com/terraform/cli/config/config-file#environment-variable-credentials
func (s *Server) TokenVariable() string {
	return "TF_TOKEN_" + strings.ReplaceAll(s.Host, ".", "_")
}

// Refuse makes the server return a status for every path that ends in the given
// one, like a server without it, or one that the token may not use.
func (s *Server) Refuse(path string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[path] = status
}

func (s *Server) refusal(path string) (status int, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for end, status := range s.refused {
		if strings.HasSuffix(path, end) {
			return status, true
		}
	}
	return 0, false
}

// Requests returns the requests so far, such as "GET /api/v2/ping".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.requests...)
}

// id returns a new ID. The caller holds the lock.
func (s *Server) id(prefix string) string {
	s.sequence++
	return fmt.Sprintf("%s-%04d", prefix, s.sequence)
}

// handler returns all routes. As on HCP Terraform, everything below /api needs a
// token, but discovery and the signed URLs of uploads and logs don't.
func (s *Server) handler() http.Handler {
	api := http.NewServeMux()
	s.organizationRoutes(api)
	s.workspaceRoutes(api)
	s.stateRoutes(api)
	s.runRoutes(api)

	all := http.NewServeMux()
	all.HandleFunc("GET /.well-known/terraform.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"tfe.v2": "/api/v2/", "tfe.v2.1": "/api/v2/", "tfe.v2.2": "/api/v2/"}`)
	})
	s.blobRoutes(all)
	all.Handle("/api/v2/", s.authenticated(http.StripPrefix("/api/v2", api)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		w.Header().Set("TFP-API-Version", "2.6")
		w.Header().Set("TFP-AppName", "HCP Terraform")
		all.ServeHTTP(w, r)
	})
}

func (s *Server) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case r.URL.Path == "/api/v2/ping":
			w.WriteHeader(http.StatusNoContent)
		case token != Token && token != ReadToken:
			fail(w, http.StatusUnauthorized, "unauthorized")
		case token == ReadToken && r.Method != http.MethodGet:
			fail(w, http.StatusForbidden, "forbidden")
		default:
			if status, refused := s.refusal(r.URL.Path); refused {
				fail(w, status, strings.ToLower(http.StatusText(status)))
				return
			}
			next.ServeHTTP(w, r)
		}
	})
}
