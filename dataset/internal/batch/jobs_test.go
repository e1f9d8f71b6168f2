package batch

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
)

type fixed struct{ url url.URL }

func (f fixed) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: f.url}, nil
}

// TestDescribeNew: S3 may not know a new job yet. One that was known and is gone is
// an error at once.
func TestDescribeNew(t *testing.T) {
	t.Parallel()
	unknown := 2
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if unknown--; unknown >= 0 {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(
				w,
				`<ErrorResponse><Error><Code>NoSuchJob</Code><Message>none</Message></Error></ErrorResponse>`,
			)
			return
		}
		_, _ = io.WriteString(
			w,
			`<DescribeJobResult><Job><JobId>j</JobId><Status>Suspended</Status></Job></DescribeJobResult>`,
		)
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := Service{Role: "arn:aws:iam::111122223333:role/batch", Control: s3control.New(s3control.Options{
		Region:             "us-east-1",
		EndpointResolverV2: fixed{*at},
		Credentials:        credentials.NewStaticCredentialsProvider("a", "b", ""),
	})}
	j, err := s.Counted(t.Context(), Job{ID: "j"})
	if err != nil || j.Status != types.JobStatusSuspended {
		t.Errorf("%+v, %v", j, err)
	}
	unknown = 1
	if _, err := s.Describe(t.Context(), j); err == nil || !strings.Contains(err.Error(), "kept for 90 days") {
		t.Errorf("a job that is gone: %v", err)
	}
}
