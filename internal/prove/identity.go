package prove

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// wrongSecret has the access key of others with a secret that isn't theirs.
type wrongSecret struct{ of aws.CredentialsProvider }

func (w wrongSecret) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := w.of.Retrieve(ctx)
	if err != nil {
		return keys, fmt.Errorf("have the access key to misuse: %w", err)
	}
	keys.SecretAccessKey = "datalock/not+the+secret/of+this+access+key"
	return keys, nil
}
