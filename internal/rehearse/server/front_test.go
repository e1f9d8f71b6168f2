package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// callPut sends a signed PUT with Content-MD5, as SDKs do.
func (s *running) callPut(
	t *testing.T, key identity.Key, bucket, query, body string, headers ...string,
) (int, string, http.Header) {
	t.Helper()
	sum := md5.Sum([]byte(body))
	return s.call(t, key, "PUT", bucket, query, body,
		append(headers, "Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))...)
}

// call sends a signed request for a bucket's sub-resource, and returns status,
// body and headers. An empty access key leaves the request unsigned.
func (s *running) call(
	t *testing.T, key identity.Key, method, bucket, query, body string, headers ...string,
) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint+"/"+bucket+"?"+query,
		strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	if key.Access != "" {
		sum := sha256.Sum256([]byte(body))
		hash := hex.EncodeToString(sum[:])
		request.Header.Set("X-Amz-Content-Sha256", hash)
		credentials := aws.Credentials{AccessKeyID: key.Access, SecretAccessKey: key.Secret}
		if err := v4.NewSigner().SignHTTP(context.Background(), credentials, request, hash, "s3", s.Region, time.Now(),
			plainPath); err != nil {
			t.Fatal(err)
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data), response.Header
}

// plainPath signs a path as it is sent, as S3 wants it.
func plainPath(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }

// document is a configuration that the front keeps: how it is asked for, what
// S3 answers while there is none, one that is taken, and ones that are not.
type document struct {
	query, missing string
	missingStatus  int
	good           string
	bad            []string
	noDelete       bool
	putStatus      int
}

const emptyXML = "<"

var documents = []document{
	{"publicAccessBlock", "NoSuchPublicAccessBlockConfiguration", 404,
		"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>",
		[]string{
			"<PublicAccessBlockConfiguration><BlockPublicAcls>yes</BlockPublicAcls></PublicAccessBlockConfiguration>",
			"<PublicAccessBlockConfiguration><BlockEverything>true</BlockEverything></PublicAccessBlockConfiguration>",
		}, false, 200},
	{
		"encryption",
		"<SSEAlgorithm>AES256</SSEAlgorithm>",
		200,
		"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
		[]string{
			"<ServerSideEncryptionConfiguration></ServerSideEncryptionConfiguration>",
			"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
			"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>ROT13</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
		},
		false,
		200,
	},
	{
		"lifecycle",
		"NoSuchLifecycleConfiguration",
		404,
		"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>",
		[]string{
			"<LifecycleConfiguration></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>On</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>0</Days></Expiration></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>-1</Days></Expiration></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>soon</Days></Expiration></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration/></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Transition><Days>1</Days><StorageClass>CELLAR</StorageClass></Transition></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Transition><Days>1</Days></Transition></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><NoncurrentVersionExpiration/></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition></Rule></LifecycleConfiguration>",
			"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/><NoncurrentVersionTransition><NoncurrentDays>29</NoncurrentDays><StorageClass>ONEZONE_IA</StorageClass></NoncurrentVersionTransition></Rule></LifecycleConfiguration>",
		},
		false,
		200,
	},
	{
		"logging",
		"<BucketLoggingStatus",
		200,
		"<BucketLoggingStatus><LoggingEnabled><TargetBucket>front-documents</TargetBucket><TargetPrefix>p/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
		[]string{
			"<BucketLoggingStatus><LoggingEnabled><TargetBucket>no-such-bucket</TargetBucket><TargetPrefix>p/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
			"<BucketLoggingStatus><LoggingEnabled></LoggingEnabled></BucketLoggingStatus>",
		},
		true,
		200,
	},
	{
		"replication",
		"ReplicationConfigurationNotFoundError",
		404,
		"<ReplicationConfiguration><Role>arn:aws:iam::000000000000:role/r</Role><Rule><Status>Enabled</Status></Rule></ReplicationConfiguration>",
		[]string{"<ReplicationConfiguration></ReplicationConfiguration>"},
		false,
		200,
	},
	{"notification", "<NotificationConfiguration", 200,
		"<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>", nil, true, 200},
	{"accelerate", "<AccelerateConfiguration", 200,
		"<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>",
		[]string{"<AccelerateConfiguration><Status>Fast</Status></AccelerateConfiguration>"}, true, 200},
	{"requestPayment", "<Payer>BucketOwner</Payer>", 200,
		"<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
		[]string{"<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>"}, true, 200},
	{"inventory&id=a", "NoSuchConfiguration", 404, "<InventoryConfiguration><Id>a</Id></InventoryConfiguration>",
		[]string{"<InventoryConfiguration><Id>b</Id></InventoryConfiguration>"}, false, 200},
	{
		"analytics&id=a",
		"NoSuchConfiguration",
		404,
		"<AnalyticsConfiguration><Id>a</Id></AnalyticsConfiguration>",
		nil,
		false,
		200,
	},
	{
		"metrics&id=a",
		"NoSuchConfiguration",
		404,
		"<MetricsConfiguration><Id>a</Id></MetricsConfiguration>",
		nil,
		false,
		200,
	},
	{"intelligent-tiering&id=a", "NoSuchConfiguration", 404,
		"<IntelligentTieringConfiguration><Id>a</Id></IntelligentTieringConfiguration>", nil, false, 200},
	{
		"policy",
		"NoSuchBucketPolicy",
		404,
		`{ "Version":"2012-10-17",  "Statement": ` +
			`{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObjectVersion","Resource":"arn:aws:s3:::front-documents/*"}}`,
		[]string{
			`{"Version":"2012-10-17","Statement":[]}`,
			` {"Version":"2012-10-17"}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::other/*"}]}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::front-documents/*","Condition":{"StringEquals":{"s3:no-such-key":"x"}}}]}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::front-documents/*","Condition":{"Maybe":{"aws:SourceIp":"x"}}}]}`,
		},
		false,
		204,
	},
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	dir, bucket := t.TempDir(), "front-documents"
	s := startServer(t, nil, "--dir", dir)
	root := s.Users[identity.Root].Key
	if _, err := s.as(identity.Root).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	isMissing := func(d document, when string) {
		t.Helper()
		if status, body, _ := s.call(t, root, "GET", bucket, d.query, ""); status != d.missingStatus ||
			!strings.Contains(body, d.missing) {
			t.Errorf("%s %s: %d %s", d.query, when, status, body)
		}
	}
	for _, d := range documents {
		isMissing(d, "at first")
		for _, bad := range append([]string{emptyXML, "<Wrong/>", d.good + "<More/>", ""}, d.bad...) {
			if status, body, _ := s.callPut(t, root, bucket, d.query, bad); status != 400 {
				t.Errorf("put %s %q: %d %s", d.query, bad, status, body)
			}
		}
		isMissing(d, "after refused puts")
		if status, body, _ := s.callPut(t, root, bucket, d.query, d.good); status != d.putStatus {
			t.Errorf("put %s: %d %s", d.query, status, body)
		}
	}
	s.stop(t)
	s = startServer(t, nil, "--dir", dir)
	if again := s.Users[identity.Root].Key; again != root {
		t.Error("the kept folder has other keys after a restart")
	}
	for _, d := range documents {
		if status, body, _ := s.call(t, root, "GET", bucket, d.query, ""); status != 200 || body != d.good {
			t.Errorf("%s after a restart: %d %s", d.query, status, body)
		}
	}
	for _, d := range documents {
		status, body, _ := s.call(t, root, "DELETE", bucket, d.query, "")
		if d.noDelete {
			if status != 405 {
				t.Errorf("delete %s: %d %s", d.query, status, body)
			}
			continue
		}
		if status != 204 {
			t.Errorf("delete %s: %d %s", d.query, status, body)
		}
		isMissing(d, "after its delete")
	}
}

// TestChecksumsAreRequired holds that the requests that S3 refuses without a checksum
// are refused.
func TestChecksumsAreRequired(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "checksums"
	lockedBucket(t, root, bucket, nil)
	put(t, root, bucket, "k", "data")
	put(t, root, bucket, "k2", "data")
	retention := "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>" +
		time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + "</RetainUntilDate></Retention>"
	requests := [][3]string{{bucket + "/k", "retention", retention}}
	for _, d := range documents {
		if d.query == "lifecycle" || d.query == "replication" {
			requests = append(requests, [3]string{bucket, d.query, d.good})
		}
	}
	for _, r := range requests {
		status, body, _ := s.call(t, s.Users[identity.Root].Key, "PUT", r[0], r[1], r[2])
		if status != 400 || !strings.Contains(body, "InvalidRequest") {
			t.Errorf("%s without a checksum: %d %s", r[1], status, body)
		}
		if status, body, _ = s.callPut(t, s.Users[identity.Root].Key, r[0], r[1], r[2]); status != 200 {
			t.Errorf("%s with Content-MD5: %d %s", r[1], status, body)
		}
	}
}

// TestEncryptionHeaders holds that an encryption that there isn't is refused.
func TestEncryptionHeaders(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "encryption-headers"
	lockedBucket(t, root, bucket, nil)
	for _, c := range []struct{ algorithm, key, code string }{
		{"AES512", "", "InvalidEncryptionAlgorithmError"}, {"AES256", "alias/a", "InvalidArgument"}, {"AES256", "", ""},
		{"aws:kms", "alias/a", ""}, {"aws:kms:dsse", "", ""}, {"", "alias/a", "InvalidArgument"},
	} {
		in := &s3.PutObjectInput{
			Bucket: &bucket, Key: aws.String("k"), ServerSideEncryption: types.ServerSideEncryption(c.algorithm),
		}
		if c.key != "" {
			in.SSEKMSKeyId = &c.key
		}
		_, err := root.PutObject(t.Context(), in)
		want(t, "put with "+c.algorithm+" "+c.key, err, c.code)
	}
}

// TestDocumentsGoWithTheBucket makes a bucket of the same name again.
func TestDocumentsGoWithTheBucket(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	client, root, bucket := s.as(identity.Root), s.Users[identity.Root].Key, "front-documents"
	for round := range 2 {
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
		for _, d := range documents {
			if status, body, _ := s.call(t, root, "GET", bucket, d.query, ""); status != d.missingStatus ||
				!strings.Contains(body, d.missing) {
				t.Errorf("round %d: %s: %d %s", round, d.query, status, body)
			}
			if status, body, _ := s.callPut(t, root, bucket, d.query, d.good); status != d.putStatus {
				t.Errorf("round %d: put %s: %d %s", round, d.query, status, body)
			}
		}
		if _, err := client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDocumentsNeedAuthentication sends each request with no key, a wrong
// secret, an unknown key, and as somebody without rights.
func TestDocumentsNeedAuthentication(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	client, root, bucket := s.as(identity.Root), s.Users[identity.Root].Key, "front-documents"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	callers := map[string]identity.Key{
		"nobody": {}, "stranger": s.Users[identity.Stranger].Key, "writer": s.Users[identity.Writer].Key,
		"wrong secret": {Access: root.Access, Secret: "wrong"}, "unknown key": {Access: "LOCALUNKNOWN", Secret: "x"},
	}
	for _, d := range documents {
		for who, key := range callers {
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				ask := func() (int, string, http.Header) { return s.call(t, key, method, bucket, d.query, "") }
				if method == "PUT" {
					ask = func() (int, string, http.Header) { return s.callPut(t, key, bucket, d.query, d.good) }
				}
				want := 403
				if who == "writer" && method == "GET" && d.query == "policy" {
					want = d.missingStatus // a publisher may read the policy
				}
				if status, answer, _ := ask(); status != want {
					t.Errorf("%s %s as %s: %d %s", method, d.query, who, status, answer)
				}
			}
		}
		date := time.Now().UTC().Format("20060102T150405Z")
		if status, answer, _ := s.call(t, identity.Key{}, "PUT", bucket, d.query, d.good, "X-Amz-Date", date); status != 403 {
			t.Errorf("PUT %s with a date and no signature: %d %s", d.query, status, answer)
		}
		if status, body, _ := s.call(t, root, "GET", bucket, d.query, ""); status != d.missingStatus {
			t.Errorf("%s was kept: %d %s", d.query, status, body)
		}
		if status, _, _ := s.call(t, root, "GET", "no-such-bucket", d.query, ""); status != 404 {
			t.Errorf("%s of no bucket: %d", d.query, status)
		}
		if status, _, _ := s.callPut(t, root, "no-such-bucket", d.query, d.good); status != 404 {
			t.Errorf("put %s of no bucket: %d", d.query, status)
		}
	}
}

func TestBodiesAreLimited(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	client, root, bucket := s.as(identity.Root), s.Users[identity.Root].Key, "front-documents"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	large := "<NotificationConfiguration>" + strings.Repeat(" ", 1<<20) + "</NotificationConfiguration>"
	if status, body, _ := s.call(t, root, "PUT", bucket, "notification", large); status != 400 {
		t.Errorf("large document: %d %s", status, body)
	}
	deep := strings.Repeat("<NotificationConfiguration>", 1000) + strings.Repeat("</NotificationConfiguration>", 1000)
	if status, body, _ := s.call(t, root, "PUT", bucket, "notification", deep); status != 400 {
		t.Errorf("deep document: %d %s", status, body)
	}
	policy := bytes.Replace([]byte(documents[len(documents)-1].good), []byte("  "), bytes.Repeat([]byte(" "), 20<<10), 1)
	if status, body, _ := s.call(t, root, "PUT", bucket, "policy", string(policy)); status != 400 {
		t.Errorf("large policy: %d %s", status, body)
	}
}

func TestLifecycleHeader(t *testing.T) {
	t.Parallel()
	const name = "X-Amz-Transition-Default-Minimum-Object-Size"
	s := startServer(t, nil)
	client, root, bucket := s.as(identity.Root), s.Users[identity.Root].Key, "front-documents"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	good := documents[2].good
	for _, c := range []struct {
		headers []string
		want    string
	}{{nil, "all_storage_classes_128K"}, {[]string{name, "varies_by_storage_class"}, "varies_by_storage_class"}} {
		if _, _, headers := s.callPut(t, root, bucket, "lifecycle", good, c.headers...); headers.Get(name) != c.want {
			t.Errorf("put: header %q, want %q", headers.Get(name), c.want)
		}
		if _, _, headers := s.call(t, root, "GET", bucket, "lifecycle", ""); headers.Get(name) != c.want {
			t.Errorf("get: header %q, want %q", headers.Get(name), c.want)
		}
	}
	if status, _, _ := s.callPut(t, root, bucket, "lifecycle", good, name, "none"); status != 400 {
		t.Errorf("unknown value: %d", status)
	}
}

func TestItemsAreListed(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	client, root, bucket := s.as(identity.Root), s.Users[identity.Root].Key, "front-documents"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"b", "a", "../c"} {
		body := `<?xml version="1.0"?><InventoryConfiguration><Id>` + id +
			`</Id><IsEnabled>true</IsEnabled></InventoryConfiguration>`
		if status, answer, _ := s.call(t, root, "PUT", bucket, "inventory&id="+id, body); status != 200 {
			t.Fatalf("put %s: %d %s", id, status, answer)
		}
	}
	out, err := client.ListBucketInventoryConfigurations(t.Context(),
		&s3.ListBucketInventoryConfigurationsInput{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, item := range out.InventoryConfigurationList {
		ids = append(ids, *item.Id)
	}
	if got := strings.Join(ids, " "); got != "../c a b" {
		t.Errorf("listed %q", got)
	}
	if status, body, _ := s.call(t, root, "PUT", bucket, "inventory", "<InventoryConfiguration/>"); status != 400 {
		t.Errorf("put without an id: %d %s", status, body)
	}
}

// TestDeleteOfWhatIsNotThere wants the bucket spared by a DELETE of one of its
// sub-resources.
func TestDeleteOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	root, bucket := s.as(identity.Root), "spared"
	if _, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"object-lock", "versioning", "retention", "legal-hold", "acl", "location", "versions", "uploads",
		"nothing",
	} {
		status, body, _ := s.call(t, s.Users[identity.Root].Key, http.MethodDelete, bucket, query, "")
		if status != http.StatusMethodNotAllowed || !strings.Contains(body, "MethodNotAllowed") {
			t.Errorf("DELETE ?%s: %d %s", query, status, body)
		}
		if _, err := root.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
			t.Fatalf("after DELETE ?%s: %v", query, err)
		}
	}
	_, err := root.DeleteBucketTagging(t.Context(), &s3.DeleteBucketTaggingInput{Bucket: &bucket})
	want(t, "delete the tags", err, "")
	_, err = root.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket})
	want(t, "delete the bucket", err, "")
}
