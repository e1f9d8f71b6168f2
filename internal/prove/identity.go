package prove

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// wrongSecret combines a valid access key with a wrong secret key.
type wrongSecret struct{ of aws.CredentialsProvider }

func (w wrongSecret) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := w.of.Retrieve(ctx)
	if err != nil {
		return keys, fmt.Errorf("get the access key for the wrong-secret trials: %w", err)
	}
	keys.SecretAccessKey = "datalock/not+the+secret/of+this+access+key"
	return keys, nil
}
