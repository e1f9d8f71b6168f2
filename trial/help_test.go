package trial_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
)

func httpClient(pem string) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(pem))
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}
