package settings_test

import "testing"

func TestLifecycle(t *testing.T) {
	days := "must be a whole number from 1 to 36500; write a length in days, or remove the key to use its default"
	moves := func(transitions string) string { return `{"lifecycle": {"transitions": [` + transitions + `]}}` }
	step := "buckets.b.lifecycle.transitions"
	check(t, anywhere, []guarded{
		{
			"all of it",
			`{"lifecycle": {"abortIncompleteMultipartUploadDays": 1, "transitions": [{"days": 30, "storageClass": ` +
				`"STANDARD_IA"}], "noncurrentVersionExpirationDays": 90}}`,
			"",
		},
		{
			"no day to abort",
			`{"lifecycle": {"abortIncompleteMultipartUploadDays": 0}}`,
			"buckets.b.lifecycle.abortIncompleteMultipartUploadDays = 0: " + days,
		},
		{
			"too many days to abort",
			`{"lifecycle": {"abortIncompleteMultipartUploadDays": 36501}}`,
			"buckets.b.lifecycle.abortIncompleteMultipartUploadDays = 36501: " + days,
		},
		{
			"expiry in no day",
			`{"lifecycle": {"noncurrentVersionExpirationDays": 0}}`,
			"buckets.b.lifecycle.noncurrentVersionExpirationDays = 0: " + days,
		},
		{
			"expiry in negative days",
			`{"lifecycle": {"noncurrentVersionExpirationDays": -1}}`,
			"buckets.b.lifecycle.noncurrentVersionExpirationDays = -1: " + days,
		},
		{"expiry before the retention's end", `{"lifecycle": {"noncurrentVersionExpirationDays": 89}}`,
			"buckets.b.lifecycle.noncurrentVersionExpirationDays = 89: is less than the retention of 90 days, and S3 deletes " +
				"no version before its retention ends; write 90 or more"},
		{"expiry before the end in years",
			`{"retention": {"years": 2}, "lifecycle": {"noncurrentVersionExpirationDays": 729}}`,
			"buckets.b.lifecycle.noncurrentVersionExpirationDays = 729: is less than the retention of 2 years, and S3 " +
				"deletes no version before its retention ends; write 730 or more"},

		{"no transitions", moves(""), ""},
		{
			"every class",
			moves(`{"days": 30, "storageClass": "STANDARD_IA"}, {"days": 60, "storageClass": "INTELLIGENT_TIERING"}, ` +
				`{"days": 60, "storageClass": "ONEZONE_IA"}, {"days": 90, "storageClass": "GLACIER"}, {"days": 180, ` +
				`"storageClass": "DEEP_ARCHIVE"}`),
			"",
		},
		{"at once to the archive", moves(`{"days": 0, "storageClass": "DEEP_ARCHIVE"}`), ""},
		{
			"a list of words",
			moves(`"GLACIER"`),
			step + `[0] = "GLACIER": must be an object, but is a string; write an object, { … }`,
		},
		{
			"no list",
			`{"lifecycle": {"transitions": {}}}`,
			step + ` = {…}: must be a list, but is an object; write [{ … }, { … }]`,
		},
		{
			"no days",
			moves(`{"storageClass": "GLACIER"}`),
			step + `[0].days: missing; write a number of days, such as "days": 30`,
		},
		{"no class", moves(`{"days": 30}`), step + `[0].storageClass: missing; set a storage class, such as "GLACIER"`},
		{
			"an unknown class",
			moves(`{"days": 30, "storageClass": "STANDARD"}`),
			step + `[0].storageClass = "STANDARD": must be STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER ` +
				`or DEEP_ARCHIVE; use one of these storage classes`,
		},
		{
			"a class in lower case",
			moves(`{"days": 30, "storageClass": "Glacier"}`),
			step + `[0].storageClass = "Glacier": must be STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER ` +
				`or DEEP_ARCHIVE; did you mean "GLACIER"?`,
		},
		{
			"a class with a hyphen",
			moves(`{"days": 30, "storageClass": "STANDARD-IA"}`),
			step + `[0].storageClass = "STANDARD-IA": must be STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, ` +
				`GLACIER or DEEP_ARCHIVE; did you mean "STANDARD_IA"?`,
		},
		{
			"an unknown key",
			moves(`{"day": 30, "days": 30, "storageClass": "GLACIER"}`),
			step + `[0].day: unknown key; did you mean "days"?`,
		},
		{"infrequent access too soon", moves(`{"days": 29, "storageClass": "STANDARD_IA"}`),
			step + `[0].days = 29: must be 30 to 36500 for STANDARD_IA; write 30 or more`},
		{"one zone too soon", moves(`{"days": 0, "storageClass": "ONEZONE_IA"}`),
			step + `[0].days = 0: must be 30 to 36500 for ONEZONE_IA; write 30 or more`},
		{"negative days", moves(`{"days": -1, "storageClass": "GLACIER"}`),
			step + `[0].days = -1: must be 0 to 36500 for GLACIER; write 0 or more`},
		{"on after too short a stay",
			moves(`{"days": 30, "storageClass": "STANDARD_IA"}, {"days": 59, "storageClass": "GLACIER"}`),
			step + `[1].days = 59: must be 60 to 36500 for GLACIER, because versions must stay in STANDARD_IA for 30 days; ` +
				`write 60 or more`},
		{"out of the archive too soon",
			moves(`{"days": 10, "storageClass": "GLACIER"}, {"days": 99, "storageClass": "DEEP_ARCHIVE"}`),
			step + `[1].days = 99: must be 100 to 36500 for DEEP_ARCHIVE, because versions must stay in GLACIER for 90 days; ` +
				`write 100 or more`},
		{"from cold to warm", moves(`{"days": 30, "storageClass": "GLACIER"}, {"days": 200, "storageClass": "STANDARD_IA"}`),
			step + `[1].storageClass = "STANDARD_IA": S3 can't move versions from GLACIER to STANDARD_IA; list the ` +
				`transitions from warm to cold, each class once`},
		{"one class twice", moves(`{"days": 30, "storageClass": "GLACIER"}, {"days": 200, "storageClass": "GLACIER"}`),
			step + `[1].storageClass = "GLACIER": S3 can't move versions from GLACIER to GLACIER; list the transitions from ` +
				`warm to cold, each class once`},
		{"from one zone to instant retrieval",
			moves(`{"days": 30, "storageClass": "ONEZONE_IA"}, {"days": 200, "storageClass": "GLACIER_IR"}`),
			step + `[1].storageClass = "GLACIER_IR": S3 can't move versions from ONEZONE_IA to GLACIER_IR; list the ` +
				`transitions from warm to cold, each class once`},
	})
}
