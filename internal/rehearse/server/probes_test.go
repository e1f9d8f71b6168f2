package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"datalock/internal/rehearse/server/internal/identity"
)

// probe is a question to which S3 and plain versitygw give different answers.
type probe struct {
	name string
	ask  func(p *prober) string
	s3   string
	// plain is the answer of the versitygw that this server is made of. When
	// it becomes S3's, what closes the gap here can go.
	plain string
	// closedBy says where the gap is closed.
	closedBy string
}

// prober asks one server, about a bucket with Object Lock and one version.
type prober struct {
	*running
	t       *testing.T
	root    *s3.Client
	bucket  string
	version string
}

var errorCode = regexp.MustCompile(`<Code>(\w+)</Code>`)

// raw sends a signed request as an account, and returns status and error code.
func (p *prober) raw(name identity.Name, method, path, query, body string, headers ...string) string {
	status, answer, _ := p.call(p.t, p.Users[name].Key, method, p.bucket+path, query, body, headers...)
	if found := errorCode.FindStringSubmatch(answer); found != nil {
		return fmt.Sprint(status, " ", found[1])
	}
	return fmt.Sprint(status)
}

// header returns a header of the answer to a HEAD.
func (p *prober) header(name identity.Name, path, query, header string) string {
	status, _, headers := p.call(p.t, p.Users[name].Key, http.MethodHead, p.bucket+path, query, "")
	if status != http.StatusOK {
		return fmt.Sprint(status)
	}
	return headers.Get(header)
}

func (p *prober) setDefault(rule *types.DefaultRetention) {
	p.t.Helper()
	setDefault(p.t, p.root, p.bucket, rule)
}

func (p *prober) policy(statement string) string {
	return p.raw(identity.Root, http.MethodPut, "", "policy",
		`{"Version":"2012-10-17","Statement":[{`+statement+`,"Resource":["arn:aws:s3:::`+p.bucket+`","arn:aws:s3:::`+p.bucket+
			`/*"]}]}`)
}

var probes = []probe{
	{"put without a checksum", func(p *prober) string {
		p.setDefault(days(governance, 1))
		return p.raw(identity.Root, "PUT", "/bare", "", "x")
	}, "400 InvalidRequest", "200", "objectlock.wantChecksum"},
	{"put with a legal hold and no checksum", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "/bare", "", "x", "x-amz-object-lock-legal-hold", "OFF")
	}, "400 InvalidRequest", "200", "objectlock.wantChecksum"},
	{"ACL where there are none", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "/acl", "", "x", "x-amz-acl", "public-read")
	}, "400 AccessControlListNotSupported", "200", "objectlock.refuseACL"},
	{"lock configuration without a rule", func(p *prober) string {
		_, body, _ := p.call(p.t, p.Users[identity.Root].Key, "GET", p.bucket, "object-lock", "")
		return fmt.Sprint(strings.Contains(body, "Rule"))
	}, "false", "true", "front.readLock"},
	{"key of 1,025 bytes", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "/"+strings.Repeat("long/", 204)+"longs", "", "x")
	}, "400 KeyTooLongError", "200", "objectlock.refuseKey"},
	{"key with a NUL", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "/a%00b", "", "x")
	}, "400 InvalidURI", "500 InternalError", "objectlock.refuseKey"},
	{"rename", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "/renamed", "renameObject", "x", "x-amz-rename-source", "/k")
	}, "501 NotImplemented", "200", "front.serveObject"},
	{"write at an offset", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "/k", "", "x", "x-amz-write-offset-bytes", "4")
	}, "501 NotImplemented", "200", "objectlock.refuseWrite"},
	{"storage class", func(p *prober) string {
		p.raw(identity.Root, "PUT", "/cold", "", "x", "x-amz-storage-class", "GLACIER")
		return p.header(identity.Root, "/cold", "", "x-amz-storage-class")
	}, "GLACIER", "STANDARD", "objectlock.shown"},
	{"unknown storage class", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "/cold", "", "x", "x-amz-storage-class", "LUKEWARM")
	}, "400 InvalidStorageClass", "200", "objectlock.refuseWrite"},
	{"encryption of a version", func(p *prober) string {
		return p.header(identity.Root, "/k", "", "x-amz-server-side-encryption")
	}, "AES256", "", "objectlock.shown"},
	{"delete of a version that isn't there", func(p *prober) string {
		return p.raw(identity.Root, "DELETE", "/k", "versionId=01M8A78EJK9VK1181MN6TRYHR9", "")
	}, "204", "404 NoSuchVersion", "objectlock.deleteVersion"},
	{"delete of a key that isn't there", func(p *prober) string {
		_, _, headers := p.call(p.t, p.Users[identity.Root].Key, "DELETE", p.bucket+"/gone", "", "")
		return headers.Get("x-amz-delete-marker")
	}, "true", "", "objectlock.layMarker"},
	{"clear COMPLIANCE", func(p *prober) string {
		p.retain(compliance)
		return p.raw(identity.Root, "PUT", "/k", "retention&versionId="+p.version, "<Retention/>",
			"x-amz-bypass-governance-retention", "true", "Content-Md5", "X/sLHQnExMVAFnh0GZsWMQ==")
	}, "403 AccessDenied", "400 InvalidArgument", "objectlock.ReplaceRetention"},
	{"clear GOVERNANCE with bypass", func(p *prober) string {
		p.retain(governance)
		return p.raw(identity.Root, "PUT", "/k", "retention&versionId="+p.version, "<Retention/>",
			"x-amz-bypass-governance-retention", "true", "Content-Md5", "X/sLHQnExMVAFnh0GZsWMQ==")
	}, "200", "400 InvalidArgument", "objectlock.ReplaceRetention"},
	{"complete an upload that isn't there", func(p *prober) string {
		return p.raw(identity.Root, "POST", "/k", "uploadId=none",
			"<CompleteMultipartUpload><Part><ETag>8d777f385d3dfec8815d20f7496026dc</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>")
	}, "404 NoSuchUpload", "200", "objectlock.CompleteMultipartUpload"},
	{"default retention after the rule is gone", func(p *prober) string {
		p.setDefault(days(compliance, 1))
		version := put(p.t, p.root, p.bucket, "ruled", "data")
		p.setDefault(nil)
		return code(deleteVersion(p.t, p.root, p.bucket, "ruled", version, true))
	}, "AccessDenied", "", "objectlock.Storer"},
	{"lock of an old version", func(p *prober) string {
		p.retain(governance)
		put(p.t, p.root, p.bucket, "k", "on top")
		return p.header(identity.Root, "/k", "versionId="+p.version, "x-amz-object-lock-mode")
	}, "GOVERNANCE", "", "objectlock.HeadObject"},
	{"lock without the right to see it", func(p *prober) string {
		p.retain(governance)
		p.policy(`"Effect":"Deny","Principal":{"AWS":"` + identity.Writer.ARN() + `"},"Action":"s3:GetObjectRetention"`)
		return p.header(identity.Writer, "/k", "versionId="+p.version, "x-amz-object-lock-mode")
	}, "", "GOVERNANCE", "objectlock.headers"},
	{"time of a version with another on top", func(p *prober) string {
		made := p.header(identity.Root, "/k", "versionId="+p.version, "Last-Modified")
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(1100 * time.Millisecond)))
		put(p.t, p.root, p.bucket, "k", "on top")
		return fmt.Sprint(p.header(identity.Root, "/k", "versionId="+p.version, "Last-Modified") == made)
	}, "true", "false", "objectlock.keepTime"},
	{"policy with a key of Object Lock", func(p *prober) string {
		return p.policy(`"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Condition":{"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}}`)
	}, "204", "400 MalformedPolicy", "bucketpolicy"},
	{"policy with an action that only S3 has", func(p *prober) string {
		return p.policy(`"Effect":"Deny","Principal":"*","Action":"s3:ReplicateObject"`)
	}, "204", "400 MalformedPolicy", "bucketpolicy.kindsOf"},
	{"deny of the account root", func(p *prober) string {
		p.policy(`"Effect":"Deny","Principal":"*","Action":"s3:GetObject*"`)
		return p.raw(identity.Root, "GET", "/k", "", "")
	}, "403 AccessDenied", "200", "identity"},
	{"read of a key with an empty part", func(p *prober) string {
		put(p.t, p.root, p.bucket, "a/b", "data")
		return p.raw(identity.Root, "GET", "/a//b", "", "")
	}, "404 NoSuchKey", "200", "objectlock.readable"},
	{"encryption of a bucket", func(p *prober) string {
		return p.raw(identity.Root, "GET", "", "encryption", "")
	}, "200", "501 NotImplemented", "front"},
	{"public access block of a bucket", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "", "publicAccessBlock", "<PublicAccessBlockConfiguration/>")
	}, "200", "501 NotImplemented", "front"},
	{"page of versions", func(p *prober) string {
		put(p.t, p.root, p.bucket, "k", "second")
		page, err := p.root.ListObjectVersions(p.t.Context(), &s3.ListObjectVersionsInput{
			Bucket:  &p.bucket,
			MaxKeys: aws.Int32(1),
		})
		if err != nil {
			return code(err)
		}
		next, err := p.root.ListObjectVersions(p.t.Context(), &s3.ListObjectVersionsInput{
			Bucket: &p.bucket, MaxKeys: aws.Int32(1), KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker,
		})
		if err != nil || len(next.Versions) != 1 {
			return fmt.Sprint(len(next.Versions), " ", code(err))
		}
		return fmt.Sprint(*next.Versions[0].VersionId == *page.Versions[0].VersionId)
	}, "false", "true", "objectlock.ListObjectVersions"},
	{"connection of a refused put", func(p *prober) string {
		p.raw(identity.Root, http.MethodPut, "", "policy",
			fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny",`+
				`"Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::%s/refused"}]}`, p.bucket))
		c := p.connect(true)
		for range 3 {
			refused, _ := c.put(p.t, "/"+p.bucket+"/refused", 1_000_000, nil)
			if taken, _ := c.put(p.t, "/"+p.bucket+"/taken", 10, nil); refused != 403 || taken != 200 || c.opened != 1 {
				return "upset"
			}
		}
		return "kept"
	}, "kept", "upset", "drain"},
	{"HEAD of a version under a null version", func(p *prober) string {
		c := underNull(p.t, p.root, p.bucket+"-suspended")
		head, err := p.root.HeadObject(p.t.Context(), &s3.HeadObjectInput{Bucket: &c.bucket, Key: &c.key, VersionId: &c.version})
		if err != nil {
			return code(err)
		}
		return fmt.Sprint(*head.ContentLength, " ", *head.VersionId == c.version)
	}, "5 true", "NotFound", "objectlock.head"},
	{"pages of one key's uploads", func(p *prober) string {
		for range 3 {
			begin(p.t, p.root, p.bucket, "many")
		}
		seen, err := uploadsInPages(p.t, p.root, p.bucket, "", 2)
		return fmt.Sprint(len(seen), " ", code(err))
	}, "3 ", "2 InvalidArgument", "objectlock.pageOfUploads"},
	{"MFA delete", func(p *prober) string {
		return p.raw(identity.Root, "PUT", "", "versioning",
			"<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>")
	}, "501 NotImplemented", "200", "objectlock.PutBucketVersioning"},
}

// retain gives the prober's version a retention.
func (p *prober) retain(mode types.ObjectLockRetentionMode) {
	p.t.Helper()
	want(p.t, "retain", putRetention(p.t, p.root, p.bucket, "k", p.version, mode, time.Now().AddDate(0, 0, 2), true), "")
}

// TestProbes asks this server and plain versitygw the same questions. This one
// answers as S3 does; what the other does by itself one day needs no code here.
func TestProbes(t *testing.T) {
	t.Parallel()
	ours, plain := startServer(t, nil), startServer(t, []string{asPlain + "=1"}, "--dir", t.TempDir())
	for i, c := range probes {
		for _, s := range []*running{ours, plain} {
			p := &prober{running: s, t: t, root: s.as(identity.Root), bucket: fmt.Sprint("probe-", i)}
			lockedBucket(t, p.root, p.bucket, nil)
			p.version = put(t, p.root, p.bucket, "k", "data")
			got := c.ask(p)
			switch {
			case s == ours && got != c.s3:
				t.Errorf("%s: %q, want %q", c.name, got, c.s3)
			case s == plain && got == c.s3:
				t.Errorf("%s: plain versitygw answers %q, as S3 does: %s can go", c.name, got, c.closedBy)
			case s == plain && got != c.plain:
				t.Errorf("%s: plain versitygw answers %q, it was %q", c.name, got, c.plain)
			}
		}
	}
}
