package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"datalock/internal/rehearse/server/internal/identity"
)

// connection sends signed puts over one connection, as boto3 does over https:
// the body in chunks of HTTP's, its checksum behind it.
type connection struct {
	*running
	client  *http.Client
	chunked bool
	// opened counts the connections that were needed.
	opened int
}

func (s *running) connect(chunked bool) *connection {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.CAPEM))
	transport := &http.Transport{
		MaxConnsPerHost: 1, ExpectContinueTimeout: time.Second,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	return &connection{running: s, client: &http.Client{Transport: transport}, chunked: chunked}
}

func (c *connection) put(t *testing.T, path string, size int, headers map[string]string) (status int, answer string) {
	t.Helper()
	data := strings.Repeat("x", size)
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(data)))
	body := fmt.Sprintf("%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n", size, data,
		base64.StdEncoding.EncodeToString(sum))
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if !info.Reused {
			c.opened++
		}
	}}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPut,
		c.Endpoint+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	const hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	request.Header.Set("X-Amz-Content-Sha256", hash)
	request.Header.Set("X-Amz-Decoded-Content-Length", fmt.Sprint(size))
	request.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
	request.Header.Set("Content-Encoding", "aws-chunked")
	request.Header.Set("Expect", "100-continue")
	if c.chunked {
		request.ContentLength = -1
	}
	writer := c.Users[identity.Writer].Key
	credentials := aws.Credentials{AccessKeyID: writer.Access, SecretAccessKey: writer.Secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, request, hash, "s3", c.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// TestRefusedPutKeepsItsConnection wants each refused put answered with its
// reason, whatever its size, and the next one on the connection served.
func TestRefusedPutKeepsItsConnection(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"http": nil, "https": {"--tls"}} {
		s := startServer(t, nil, args...)
		root, bucket := s.as(identity.Root), "refused-put"
		lockedBucket(t, root, bucket, days(governance, 1))
		policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::refused-put/refused"}]}`
		if _, err := root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
			Bucket: &bucket,
			Policy: &policy,
		}); err != nil {
			t.Fatal(err)
		}
		for _, chunked := range []bool{true, false} {
			c := s.connect(chunked)
			for _, size := range []int{100, 20_000, 1_000_000, 8_000_000} {
				for range 3 {
					status, answer := c.put(t, "/refused-put/refused", size, nil)
					if status != 403 || !strings.Contains(answer, "<Code>AccessDenied</Code>") {
						t.Errorf("%s, chunked %v: a refused put of %d bytes: %d %s", name, chunked, size, status, answer)
					}
					if status, answer = c.put(t, "/refused-put/taken", 10, nil); status != 200 {
						t.Errorf("%s, chunked %v: a put behind a refused one of %d bytes: %d %s", name, chunked, size, status, answer)
					}
				}
			}
			if c.opened != 1 {
				t.Errorf("%s, chunked %v: %d connections for one", name, chunked, c.opened)
			}
		}
	}
}
