package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-tfe"
	svchost "github.com/hashicorp/terraform-svchost"
)

// serviceID identifies the API that Terraform's cloud block uses.
const serviceID = "tfe.v2"

// maximumDocument is how many bytes of a discovery document are read. Terraform
// has the same limit.
const maximumDocument = 1 << 20

// connect finds the API of a host and returns a client for it.
func connect(ctx context.Context, client *http.Client, host svchost.Hostname, token string) (*tfe.Client, error) {
	address, err := discover(ctx, client, host)
	if err != nil {
		return nil, fmt.Errorf("find the HCP Terraform API of %s: %w; if the host is wrong, correct backend.cloud.hostname",
			host.ForDisplay(), err)
	}
	api, err := tfe.NewClient(&tfe.Config{
		Address: address.String(), BasePath: address.Path, Token: token, HTTPClient: client,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to the API of %s: %w", host.ForDisplay(), err)
	}
	return api, nil
}

// discover does Terraform's remote service discovery.
// https://developer.hashicorp.com/terraform/internals/remote-service-discovery
func discover(ctx context.Context, client *http.Client, host svchost.Hostname) (*url.URL, error) {
	document := "https://" + host.String() + "/.well-known/terraform.json"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, document, nil)
	if err != nil {
		return nil, err
	}
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", document, response.Status)
	}
	var services map[string]any
	if err := json.NewDecoder(io.LimitReader(response.Body, maximumDocument)).Decode(&services); err != nil {
		return nil, fmt.Errorf("%s is not a discovery document: %w", document, err)
	}
	service, ok := services[serviceID].(string)
	if !ok {
		return nil, fmt.Errorf("%s has no service %s", document, serviceID)
	}
	// Relative to the final URL of the document, after redirects.
	return response.Request.URL.Parse(service)
}
