package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// jobClient returns a client of this server's own endpoint, with which jobs are
// run: their requests are like any other's.
func jobClient(of ready, key identity.Key) *s3.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	if of.CAPEM != "" {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(of.CAPEM))
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return s3.New(s3.Options{
		HTTPClient: &http.Client{Transport: transport}, BaseEndpoint: aws.String(of.Endpoint),
		Region: of.Region, UsePathStyle: true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(key.Access, key.Secret, ""),
	})
}
