package iamsimulate_test

import (
	"encoding/json"
	"slices"
	"testing"

	"datalock/internal/testkit/iamsimulate"
)

const (
	account = "012345678901"
	writer  = "arn:aws:iam::012345678901:user/writer"
	object  = "arn:aws:s3:::acme/key"
)

func policy(statement string) []json.RawMessage {
	return []json.RawMessage{json.RawMessage(`{"Version": "2012-10-17", "Statement": [` + statement + `]}`)}
}

func TestVerdicts(t *testing.T) {
	deny := policy(`{"Sid": "Governance", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme/*",
		"Condition": {"StringEquals": {"s3:object-lock-mode": "GOVERNANCE"}}}`)
	answers := iamsimulate.Run(t, deny, []iamsimulate.Request{
		{
			Principal: writer,
			Action:    "s3:PutObject",
			Resource:  object,
			Account:   account,
			Context:   map[string]string{"s3:object-lock-mode": "GOVERNANCE"},
		},
		{Principal: writer, Action: "s3:PutObject", Resource: object, Account: account},
		{Principal: "logging.s3.amazonaws.com", Action: "s3:PutObject", Resource: object, Account: account},
		{Principal: "logging.s3.amazonaws.com", Action: "s3:PutObject", Resource: object, Account: account, Granted: true},
		{Action: "s3:PutObject", Resource: object, Account: account},
		{Action: "s3:PutObject", Resource: object, Account: account, Granted: true},
	})
	for i, want := range []string{
		"ExplicitlyDenied", "Allowed", "ImplicitlyDenied", "Allowed", "ImplicitlyDenied", "Allowed",
	} {
		if got := answers[0].Verdicts[i]; got.Result != want || got.Error != "" {
			t.Errorf("request %d is %+v, want %s", i, got, want)
		}
	}
	if got := answers[0].Verdicts[0].DeniedBy; !slices.Equal(got, []string{"Governance"}) {
		t.Errorf("the first request is denied by %v, want Governance", got)
	}
}

// TestMisuse tests what the helper adds to the simulator: it finds condition
// keys that an action doesn't support.
func TestMisuse(t *testing.T) {
	answers := iamsimulate.Run(t,
		policy(`{"Sid": "Mode", "Effect": "Deny", "Principal": "*", "Action": ["s3:PutObject", "s3:ReplicateObject"],
		"Resource": "arn:aws:s3:::acme/*", "Condition": {"StringEquals": {"s3:object-lock-mode": "GOVERNANCE"}}}`),
		[]iamsimulate.Request{
			{
				Principal: writer,
				Action:    "s3:GetObject",
				Resource:  object,
				Account:   account,
				Context:   map[string]string{"s3:object-lock-mode": "GOVERNANCE"},
			},
		})
	if want := []string{
		"Mode: s3:ReplicateObject has no condition key s3:object-lock-mode",
	}; !slices.Equal(answers[0].Misused, want) {
		t.Errorf("misused are %q, want %q", answers[0].Misused, want)
	}
	if answers[0].Verdicts[0].Error == "" {
		t.Error("a request with a key that its action doesn't have is judged")
	}
}
