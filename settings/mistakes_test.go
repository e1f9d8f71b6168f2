package settings_test

import (
	"strings"
	"testing"

	"datalock/settings"
)

// mistakes has an input that breaks each rule, and the exact message.
var mistakes = []struct{ name, json, want string }{
	{"empty text",
		``,
		`not JSON, line 1: unexpected end of JSON input`},
	{"not JSON",
		`{"region": us}`,
		`not JSON, line 1: invalid character 'u' looking for beginning of value`},
	{"ends too early",
		`{"region": "us-east-1"`,
		`not JSON, line 1: unexpected end of JSON input`},
	{"trailing data",
		`{"region": "us-east-1"} {}`,
		`not JSON, line 1: invalid character '{' after top-level value`},
	{"trailing comma",
		`{"region": "us-east-1",}`,
		`not JSON, line 1: invalid character '}' looking for beginning of object key string`},
	{
		"nested too deeply",
		`[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]`,
		`line 1: nested more than 64 levels deep; remove levels`,
	},
	{"nested far too deeply", "\n" + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		`line 2: nested more than 64 levels deep; remove levels`},
	{"nested too deeply, in a later line", "{\"tags\":\n" + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}",
		`line 2: nested more than 64 levels deep; remove levels`},
	{"nested as deeply as is allowed", strings.Repeat("[", 64) + strings.Repeat("]", 64),
		`datalock = […]: must be an object, but is a list; write an object, { … }`},
	{"a list",
		`[]`,
		`datalock = […]: must be an object, but is a list; write an object, { … }`},
	{"null",
		`null`,
		`datalock = null: must be an object, but is null; write an object, { … }`},
	{"nothing declared",
		`{}`,
		`region: missing; set the AWS Region of the buckets, such as "us-east-1"` + "\n" +
			`buckets: no bucket is declared; add one, such as "buckets": {"ai-dataset": {}}`},
	{"no buckets",
		`{"region": "us-east-1"}`,
		`buckets: no bucket is declared; add one, such as "buckets": {"ai-dataset": {}}`},
	{"empty buckets",
		`{"region": "us-east-1", "buckets": {}}`,
		`buckets: no bucket is declared; add one, such as "buckets": {"ai-dataset": {}}`},
	{"unknown key, near",
		`{"reigon": "us-east-1", "region": "us-east-1", "buckets": {"a1": {"name": "abc"}}}`,
		`reigon: unknown key; did you mean "region"?`},
	{"unknown key, far",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc"}}, "xyzzy": 1}`,
		`xyzzy: unknown key; remove it, or use one of region, account, tags, awsProviderVersion, endpoint, ` +
			`allowPlainHTTP, backend, buckets, check, exceptions`},
	{"unknown key, other case",
		`{"Region": "us-east-1", "buckets": {"a1": {"name": "abc"}}}`,
		`Region: unknown key; did you mean "region"?` + "\n" +
			`region: missing; set the AWS Region of the buckets, such as "us-east-1"`},
	{"unknown key in a bucket",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retenton": {}}}}`,
		`buckets.a1.retenton: unknown key; did you mean "retention"?`},
	{"unknown key in a retention",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"day": 90}}}}`,
		`buckets.a1.retention.day: unknown key; did you mean "days"?`},
	{"key in the wrong object",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "days": 90}}}`,
		`buckets.a1.days: unknown key; it belongs in a bucket's "retention"`},
	{"key too far out",
		`{"region": "us-east-1", "retention": {}, "buckets": {"a1": {"name": "abc"}}}`,
		`retention: unknown key; it belongs in a bucket, inside "buckets"`},
	{"key too far in",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "backend": {}}}}`,
		`buckets.a1.backend: unknown key; it belongs in "datalock", next to "buckets"`},
	{"key twice",
		`{"region": "us-east-1", "region": "us-east-2", "buckets": {"a1": {"name": "abc"}}}`,
		`region: duplicate key; keep only one`},
	{"stack twice",
		`{"region": "us-east-1", "buckets": {"a1": {}, "a1": {}}}`,
		`buckets.a1: duplicate key; keep only one`},
	{"retention twice",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 90}, "retention": {"days": 1}}}}`,
		`buckets.a1.retention: duplicate key; keep only one`},
	{"days twice",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 90, "days": 1}}}}`,
		`buckets.a1.retention.days: duplicate key; keep only one`},
	{"tag twice",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "tags": {"a": "1", "a": "2"}}}}`,
		`buckets.a1.tags.a: duplicate key; keep only one`},
	{"region a number",
		`{"region": 1, "buckets": {"a1": {}}}`,
		`region = 1: must be a string, but is a number; put it in quotes`},
	{"region empty",
		`{"region": "", "buckets": {"a1": {}}}`,
		`region = "": must not be empty; write a value, or remove the key`},
	{"region unknown shape",
		`{"region": "US East (N. Virginia)", "buckets": {"a1": {}}}`,
		`region = "US East (N. Virginia)": must be the code of an AWS Region; use a code such as "us-east-1" or ` +
			`"eu-central-1"`},
	{"region a zone",
		`{"region": "us-east-1a", "buckets": {"a1": {}}}`,
		`region = "us-east-1a": must be the code of an AWS Region; use a code such as "us-east-1" or "eu-central-1"`},
	{"bucket's region",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "region": "useast1"}}}`,
		`buckets.a1.region = "useast1": must be the code of an AWS Region; use a code such as "us-east-1" or "eu-central-1"`},
	{"bucket null",
		`{"region": "us-east-1", "buckets": {"a1": null}}`,
		`buckets.a1 = null: must be an object, but is null; write an object, { … }`},
	{"buckets a list",
		`{"region": "us-east-1", "buckets": [{"name": "abc"}]}`,
		`buckets = […]: must be an object, but is a list; write an object, { … }`},
	{"account short",
		`{"region": "us-east-1", "account": "12345678901", "buckets": {"a1": {"name": "abc"}}}`,
		`account = "12345678901": is 11 characters long, but an AWS account ID has 12 digits; write the digits only, in ` +
			`quotes, such as "012345678901"`},
	{"account a number",
		`{"region": "us-east-1", "account": 123456789012, "buckets": {"a1": {"name": "abc"}}}`,
		`account = 123456789012: must be a string, but is a number; put it in quotes`},
	{"account with dashes",
		`{"region": "us-east-1", "account": "1234-5678-9012", "buckets": {"a1": {"name": "abc"}}}`,
		`account = "1234-5678-9012": is 14 characters long, but an AWS account ID has 12 digits; write the digits only, ` +
			`in quotes, such as "012345678901"`},
	{"account beside endpoint",
		`{"region": "us-east-1", "account": "123456789012", "endpoint": "https://127.0.0.1:9000", "buckets": {"a1": ` +
			`{"name": "abc"}}}`,
		`account = "123456789012": can't be checked with "endpoint" set, because an S3-compatible server has no AWS ` +
			`account; remove "account" or "endpoint"`},
	{"endpoint no scheme",
		`{"region": "us-east-1", "endpoint": "127.0.0.1:9000", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "127.0.0.1:9000": must be the URL of an S3-compatible server: http or https, a host and an optional ` +
			`port, without path or password; use a URL such as "https://127.0.0.1:9000", or remove the key to use AWS`},
	{"endpoint other scheme",
		`{"region": "us-east-1", "endpoint": "s3://127.0.0.1", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "s3://127.0.0.1": must be the URL of an S3-compatible server: http or https, a host and an optional ` +
			`port, without path or password; use a URL such as "https://127.0.0.1:9000", or remove the key to use AWS`},
	{"endpoint with a path",
		`{"region": "us-east-1", "endpoint": "https://127.0.0.1:9000/bucket", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "https://127.0.0.1:9000/bucket": must be the URL of an S3-compatible server: http or https, a host ` +
			`and an optional port, without path or password; use a URL such as "https://127.0.0.1:9000", or remove the key ` +
			`to use AWS`},
	{"endpoint over plain HTTP",
		`{"region": "us-east-1", "endpoint": "http://127.0.0.1:9000", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "http://127.0.0.1:9000": is plain HTTP, and the bucket policy denies every request over plain HTTP; ` +
			`use an https URL, or set "allowPlainHTTP": true to leave that statement out of the policy`},
	{"plain HTTP allowed for https",
		`{"region": "us-east-1", "endpoint": "https://127.0.0.1:9000", "allowPlainHTTP": true, "buckets": {"a1": {"name": ` +
			`"abc"}}}`,
		`allowPlainHTTP = true: has no effect, because there is no http endpoint; remove the key`},
	{"plain HTTP allowed for AWS",
		`{"region": "us-east-1", "allowPlainHTTP": true, "buckets": {"a1": {"name": "abc"}}}`,
		`allowPlainHTTP = true: has no effect, because there is no http endpoint; remove the key`},
	{"no lifecycle on AWS",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "lifecycle": {"enabled": false}}}}`,
		`buckets.a1.lifecycle.enabled = false: can only be used with an endpoint; remove the key`},
	{"no lifecycle, but transitions",
		`{"region": "us-east-1", "endpoint": "https://127.0.0.1:9000", "buckets": {"a1": {"name": "abc", "lifecycle": ` +
			`{"enabled": false, "noncurrentVersionExpirationDays": 90}}}}`,
		`buckets.a1.lifecycle.enabled = false: leaves out the other rules of the lifecycle too; remove the key, or the ` +
			`other keys of the lifecycle`},
	{"endpoint with a password",
		`{"region": "us-east-1", "endpoint": "http://me:secret@127.0.0.1:9000", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "http://me:secret@127.0.0.1:9000": must be the URL of an S3-compatible server: http or https, a host ` +
			`and an optional port, without path or password; use a URL such as "https://127.0.0.1:9000", or remove the key ` +
			`to use AWS`},
	{"endpoint with an expression",
		`{"region": "us-east-1", "endpoint": "http://${var.host}", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "http://${var.host}": must be the URL of an S3-compatible server: http or https, a host and an ` +
			`optional port, without path or password; use a URL such as "https://127.0.0.1:9000", or remove the key to use AWS`},
	{"tags a list",
		`{"region": "us-east-1", "tags": ["a"], "buckets": {"a1": {"name": "abc"}}}`,
		`tags = […]: must be an object, but is a list; write an object, { … }`},
	{"tag a number",
		`{"region": "us-east-1", "tags": {"team": 7}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags.team = 7: must be a string, but is a number; put it in quotes`},
	{"tag reserved",
		`{"region": "us-east-1", "tags": {"AWS:team": "ml"}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags["AWS:team"]: AWS reserves tag keys that start with "aws:"; rename the tag`},
	{"tag key empty",
		`{"region": "us-east-1", "tags": {"": "ml"}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags[""]: the tag's key is 0 characters long, but must be 1 to 128; rename the tag`},
	{"tag key too long",
		`{"region": "us-east-1", "tags": {"` + strings.Repeat("k", 129) + `": "ml"}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags["` + strings.Repeat("k", 80) +
			`… (129 bytes)]: the tag's key is 129 characters long, but must be 1 to 128; rename the tag`},
	{"tag key characters",
		`{"region": "us-east-1", "tags": {"te*am": "ml"}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags["te*am"]: a tag's key may contain only letters, numbers, spaces and _ . : / = + - @; rename the tag`},
	{"tag value too long",
		`{"region": "us-east-1", "tags": {"team": "` + strings.Repeat("v", 257) + `"}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags.team = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv… (257 bytes): is ` +
			`257 characters long, but must be 0 to 256; shorten it`},
	{"tag value an expression",
		`{"region": "us-east-1", "tags": {"team": "${var.team}"}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags.team = "${var.team}": a tag's value may contain only letters, numbers, spaces and _ . : / = + - @; replace ` +
			`the other characters`},
	{"too many tags",
		`{"region": "us-east-1", "tags": {"k0": "", "k1": "", "k2": "", "k3": "", "k4": "", "k5": "", "k6": "", "k7": "", ` +
			`"k8": "", "k9": "", "k10": "", "k11": "", "k12": "", "k13": "", "k14": "", "k15": "", "k16": "", "k17": "", ` +
			`"k18": "", "k19": "", "k20": "", "k21": "", "k22": "", "k23": "", "k24": "", "k25": "", "k26": "", "k27": "", ` +
			`"k28": "", "k29": "", "k30": "", "k31": "", "k32": "", "k33": "", "k34": "", "k35": "", "k36": "", "k37": "", ` +
			`"k38": "", "k39": "", "k40": "", "k41": "", "k42": "", "k43": "", "k44": "", "k45": "", "k46": "", "k47": "", ` +
			`"k48": "", "k49": "", "k50": ""}, "buckets": {"a1": {"name": "abc"}}}`,
		`buckets.a1.tags: a resource can have 50 tags, but this one has 51, including those of the whole file; remove some`},
	{"mode unknown",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"mode": "compliance"}}}}`,
		`buckets.a1.retention.mode = "compliance": must be COMPLIANCE or GOVERNANCE; did you mean "COMPLIANCE"?`},
	{"mode empty",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"mode": ""}}}}`,
		`buckets.a1.retention.mode = "": must not be empty; write a value, or remove the key`},
	{"mode a bool",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"mode": true}}}}`,
		`buckets.a1.retention.mode = true: must be a string, but is true or false; write a value in quotes, or remove the ` +
			`key`},
	{"days zero",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 0}}}}`,
		`buckets.a1.retention.days = 0: must be a whole number from 1 to 36500; write a length in days, such as "days": 90`},
	{"days negative",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": -1}}}}`,
		`buckets.a1.retention.days = -1: must be a whole number from 1 to 36500; write a length in days, such as "days": 90`},
	{"days too many",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"mode": "GOVERNANCE", "days": 36501}}}}`,
		`buckets.a1.retention.days = 36501: must be a whole number from 1 to 36500; write a length in days, such as ` +
			`"days": 90`},
	{"days a fraction",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 90.5}}}}`,
		`buckets.a1.retention.days = 90.5: must be a whole number; write it in digits, such as 90`},
	{"days a string",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": "90"}}}}`,
		`buckets.a1.retention.days = "90": must be a number, but is a string; write a whole number without quotes`},
	{"days huge",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 1e400}}}}`,
		`buckets.a1.retention.days = 1e400: is out of range; write a number such as 90`},
	{"days null",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": null}}}}`,
		`buckets.a1.retention.days = null: must be a number, but is null; write a whole number without quotes`},
	{"years zero",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"years": 0}}}}`,
		`buckets.a1.retention.years = 0: must be a whole number from 1 to 100; write a length in years, such as "years": 1`},
	{"years too many",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"mode": "GOVERNANCE", "years": 101}}}}`,
		`buckets.a1.retention.years = 101: must be a whole number from 1 to 100; write a length in years, such as ` +
			`"years": 1`},
	{"days and years",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 90, "years": 1}}}}`,
		`buckets.a1.retention = {"days": 90, "years": 1}: AWS accepts days or years, not both; remove one`},
	{"not confirmed, days",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 3651}}}}`,
		`buckets.a1.retention.confirmRetentionDays: required for a COMPLIANCE retention over 3650 days, which nobody can ` +
			`undo; to confirm 3651 days, write "confirmRetentionDays": 3651`},
	{"not confirmed, years",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"years": 11}}}}`,
		`buckets.a1.retention.confirmRetentionDays: required for a COMPLIANCE retention over 3650 days, which nobody can ` +
			`undo; to confirm 11 years, write "confirmRetentionDays": 4015`},
	{"confirmed otherwise",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 3651, "confirmRetentionDays": ` +
			`3652}}}}`,
		`buckets.a1.retention.confirmRetentionDays = 3652: must equal the retention in days, 3651; to confirm 3651 days, ` +
			`write "confirmRetentionDays": 3651`},
	{"confirmed needlessly",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"days": 90, "confirmRetentionDays": 91}}}}`,
		`buckets.a1.retention.confirmRetentionDays = 91: must equal the retention in days, 90; correct one of them, or ` +
			`remove the key: it is required only over 3650 days`},
	{"retention a number",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": 90}}}`,
		`buckets.a1.retention = 90: must be an object, but is a number; write an object, { … }`},
	{"preventDestroy a string",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "preventDestroy": "true"}}}`,
		`buckets.a1.preventDestroy = "true": must be true or false, but is a string; write true or false without quotes`},
	{"name short",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "ab"}}}`,
		`buckets.a1.name = "ab": is 2 characters long, but must be 3 to 63; choose another bucket name`},
	{"name long",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "` + strings.Repeat("n", 64) + `"}}}`,
		`buckets.a1.name = "` + strings.Repeat("n", 64) +
			`": is 64 characters long, but must be 3 to 63; choose another bucket name`},
	{"name upper case",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "My-bucket"}}}`,
		`buckets.a1.name = "My-bucket": may contain only lower-case letters, numbers, '.' and '-'; choose another bucket ` +
			`name`},
	{"name underscore",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "my_bucket"}}}`,
		`buckets.a1.name = "my_bucket": may contain only lower-case letters, numbers, '.' and '-'; choose another bucket ` +
			`name`},
	{"name begins with a dash",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "-bucket"}}}`,
		`buckets.a1.name = "-bucket": must start with a letter or a number; choose another bucket name`},
	{"name ends with a dot",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "bucket."}}}`,
		`buckets.a1.name = "bucket.": must end with a letter or a number; choose another bucket name`},
	{"name two dots",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "my..bucket"}}}`,
		`buckets.a1.name = "my..bucket": must not contain two periods in a row; choose another bucket name`},
	{"name an IP address",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "192.168.5.4"}}}`,
		`buckets.a1.name = "192.168.5.4": must not look like an IP address; choose another bucket name`},
	{"name prefix xn--",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "xn--bucket"}}}`,
		`buckets.a1.name = "xn--bucket": must not start with "xn--", which AWS reserves; choose another bucket name`},
	{"name prefix sthree-",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "sthree-bucket"}}}`,
		`buckets.a1.name = "sthree-bucket": must not start with "sthree-", which AWS reserves; choose another bucket name`},
	{"name prefix amzn-s3-demo-",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "amzn-s3-demo-bucket"}}}`,
		`buckets.a1.name = "amzn-s3-demo-bucket": must not start with "amzn-s3-demo-", which AWS reserves; choose another ` +
			`bucket name`},
	{"name suffix -s3alias",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "bucket-s3alias"}}}`,
		`buckets.a1.name = "bucket-s3alias": must not end with "-s3alias", which AWS reserves; choose another bucket name`},
	{"name suffix --ol-s3",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "bucket--ol-s3"}}}`,
		`buckets.a1.name = "bucket--ol-s3": must not end with "--ol-s3", which AWS reserves; choose another bucket name`},
	{"name suffix .mrap",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "bucket.mrap"}}}`,
		`buckets.a1.name = "bucket.mrap": must not end with ".mrap", which AWS reserves; choose another bucket name`},
	{"name suffix --x-s3",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "bucket--x-s3"}}}`,
		`buckets.a1.name = "bucket--x-s3": must not end with "--x-s3", which AWS reserves; choose another bucket name`},
	{"name suffix --table-s3",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "bucket--table-s3"}}}`,
		`buckets.a1.name = "bucket--table-s3": must not end with "--table-s3", which AWS reserves; choose another bucket ` +
			`name`},
	{"name suffix -an",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "bucket-123456789012-us-east-1-an"}}}`,
		`buckets.a1.name = "bucket-123456789012-us-east-1-an": must not end with "-an", which AWS reserves; choose ` +
			`another bucket name`},
	{"name an expression",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "${var.name}"}}}`,
		`buckets.a1.name = "${var.name}": may contain only lower-case letters, numbers, '.' and '-'; choose another ` +
			`bucket name`},
	{"name and prefix",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "namePrefix": "abc-"}}}`,
		`buckets.a1.namePrefix = "abc-": "name" and "namePrefix" can't both be set; remove one`},
	{"prefix long",
		`{"region": "us-east-1", "buckets": {"a1": {"namePrefix": "abcdefghijklmnopqrstuvwxyz0123456789-x"}}}`,
		`buckets.a1.namePrefix = "abcdefghijklmnopqrstuvwxyz0123456789-x": is 38 characters long, but must be 1 to 37, ` +
			`because Terraform appends 26 characters; choose another prefix`},
	{"prefix upper case",
		`{"region": "us-east-1", "buckets": {"a1": {"namePrefix": "Abc-"}}}`,
		`buckets.a1.namePrefix = "Abc-": may contain only lower-case letters, numbers, '.' and '-'; choose another prefix`},
	{"prefix reserved",
		`{"region": "us-east-1", "buckets": {"a1": {"namePrefix": "sthree-"}}}`,
		`buckets.a1.namePrefix = "sthree-": must not start with "sthree-", which AWS reserves; choose another prefix`},
	{"stack unfit as a prefix",
		`{"region": "us-east-1", "buckets": {"My_Data": {}}}`,
		`buckets.My_Data: the default name prefix "My_Data-" may contain only lower-case letters, numbers, '.' and '-'; ` +
			`set "name" or "namePrefix", or rename the stack`},
	{"stack too long as a prefix",
		`{"region": "us-east-1", "buckets": {"abcdefghijklmnopqrstuvwxyz0123456789-": {}}}`,
		`buckets.abcdefghijklmnopqrstuvwxyz0123456789-: the default name prefix "abcdefghijklmnopqrstuvwxyz0123456789--" ` +
			`is 38 characters long, but must be 1 to 37, because Terraform appends 26 characters; set "name" or ` +
			`"namePrefix", or rename the stack`},
	{"stack a path",
		`{"region": "us-east-1", "buckets": {"../up": {"name": "abc"}}}`,
		`buckets["../up"]: a stack's name may contain only letters, numbers, '-' and '_', and must start with a letter or ` +
			`a number; rename the stack`},
	{"stack empty",
		`{"region": "us-east-1", "buckets": {"": {"name": "abc"}}}`,
		`buckets[""]: the stack's name is 0 characters long, but must be 1 to 63; rename the stack`},
	{"stack long",
		`{"region": "us-east-1", "buckets": {"` + strings.Repeat("s", 64) + `": {"name": "abc"}}}`,
		`buckets.` + strings.Repeat("s", 64) +
			`: the stack's name is 64 characters long, but must be 1 to 63; rename the stack`},
	{"stack with a dot",
		`{"region": "us-east-1", "buckets": {"a.b": {"name": "abc"}}}`,
		`buckets["a.b"]: a stack's name may contain only letters, numbers, '-' and '_', and must start with a letter or a ` +
			`number; rename the stack`},
	{"stack a device",
		`{"region": "us-east-1", "buckets": {"NUL": {"name": "abc"}}}`,
		`buckets.NUL: a stack's name is used as a folder, and Windows reserves this one for a device; rename the stack`},
	{"stacks alike",
		`{"region": "us-east-1", "buckets": {"data": {"name": "abc"}, "Data": {"name": "abd"}}}`,
		`buckets.data: differs from "Data" only in case, so some file systems would use one folder for both; rename one ` +
			`of the stacks`},
	{"one name twice",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc"}, "a2": {"name": "abc", "region": "us-west-2"}}}`,
		`buckets.a2.name = "abc": is also the name of the bucket in stack "a1", and bucket names are unique; rename one ` +
			`of the buckets`},
	{"local path a folder",
		`{"region": "us-east-1", "backend": {"local": {"path": "../../../{stack}/"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.local.path = "../../../{stack}/": must be the path of a file; use a path such as ` +
			`"../../../terraform.{stack}.tfstate"`},
	{"local path back inside",
		`{"region": "us-east-1", "backend": {"local": {"path": "../{stack}/x.tfstate"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.local.path = "../{stack}/x.tfstate": must be outside cdktf.out, where cdktf deletes files that it didn't ` +
			`write; use a path such as "../../../terraform.{stack}.tfstate"`},
	{"local path shared by dots",
		`{"region": "us-east-1", "backend": {"local": {"path": "../../../{stack}/../x.tfstate"}}, "buckets": {"a1": ` +
			`{"name": "abc"}}}`,
		`backend.local.path = "../../../{stack}/../x.tfstate": is the same file for every stack, because '..' removes the ` +
			`stack's name again; use a path such as "../../../terraform.{stack}.tfstate"`},
	{"cloud tag of a stack",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"tags": ["A1", "x", ` +
			`"x"]}}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.tags[0] = "A1": is a stack's name, which is the tag that identifies the stack's ` +
			`workspace; rename the tag or the stack` + "\n" +
			`backend.cloud.workspaces.tags[2] = "x": duplicate tag; remove one`},
	{"cloud stack unfit as a tag",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"tags": ["x"]}}}, ` +
			`"buckets": {"a-": {"name": "abc"}}}`,
		`buckets.a-: the stack's name becomes a tag of its workspace, which may contain only letters, numbers, ':', '-' ` +
			`and '_', with a letter or a number at each end; rename the stack`},
	{"endpoint port",
		`{"region": "us-east-1", "endpoint": "http://h:99999", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "http://h:99999": must be the URL of an S3-compatible server: http or https, a host and an optional ` +
			`port, without path or password; use a URL such as "https://127.0.0.1:9000", or remove the key to use AWS`},
	{"endpoint's Region",
		`{"region": "us east", "endpoint": "https://localhost:9000", "buckets": {"a1": {"name": "abc"}}}`,
		`region = "us east": may contain only letters, numbers and '-'; use the Region that the server at the endpoint uses`},
	{"backend unknown",
		`{"region": "us-east-1", "backend": {"gcs": {}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.gcs: unknown key; remove it, or use one of local, s3, cloud`},
	{"backend a string",
		`{"region": "us-east-1", "backend": "s3", "buckets": {"a1": {"name": "abc"}}}`,
		`backend = "s3": must be an object, but is a string; write an object, { … }`},
	{"two backends",
		`{"region": "us-east-1", "backend": {"local": {}, "s3": {"bucket": "my-state"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend: Terraform uses one backend, but local and s3 are set; keep one of them`},
	{"local path absolute",
		`{"region": "us-east-1", "backend": {"local": {"path": "/var/{stack}.tfstate"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.local.path = "/var/{stack}.tfstate": must be relative to the stack's folder and use '/', so that it ` +
			`means the same on every machine; use a path such as "../../../terraform.{stack}.tfstate"`},
	{"local path of Windows",
		`{"region": "us-east-1", "backend": {"local": {"path": "C:\\{stack}.tfstate"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.local.path = "C:\\{stack}.tfstate": must be relative to the stack's folder and use '/', so that it means ` +
			`the same on every machine; use a path such as "../../../terraform.{stack}.tfstate"`},
	{"local path inside",
		`{"region": "us-east-1", "backend": {"local": {"path": "{stack}.tfstate"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.local.path = "{stack}.tfstate": must be outside cdktf.out, where cdktf deletes files that it didn't ` +
			`write; use a path such as "../../../terraform.{stack}.tfstate"`},
	{"local path shared",
		`{"region": "us-east-1", "backend": {"local": {"path": "../../../terraform.tfstate"}}, "buckets": {"a1": {"name": ` +
			`"abc"}}}`,
		`backend.local.path = "../../../terraform.tfstate": must contain {stack}, because otherwise all stacks would ` +
			`share one state; put {stack} where the stack's name belongs`},
	{"local path characters",
		`{"region": "us-east-1", "backend": {"local": {"path": "../{stack} ${x}.tfstate"}}, "buckets": {"a1": {"name": ` +
			`"abc"}}}`,
		`backend.local.path = "../{stack} ${x}.tfstate": may contain only letters, numbers and ! _ . ' ( ) / = -; use a ` +
			`path such as "../../../terraform.{stack}.tfstate"`},
	{"s3 without a bucket",
		`{"region": "us-east-1", "backend": {"s3": {}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.s3.bucket: missing; set the bucket that stores the Terraform state`},
	{"s3 bucket name",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "My-State"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.s3.bucket = "My-State": may contain only lower-case letters, numbers, '.' and '-'; choose another bucket ` +
			`name`},
	{"s3 bucket immutable",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "abc"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.s3.bucket = "abc": is an immutable bucket of this file, so Terraform couldn't delete its own locks and ` +
			`old states; keep the state in another bucket`},
	{"s3 key shared",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "key": "terraform.tfstate"}}, "buckets": {"a1": ` +
			`{"name": "abc"}}}`,
		`backend.s3.key = "terraform.tfstate": must contain {stack}, because otherwise all stacks would share one state; ` +
			`put {stack} where the stack's name belongs`},
	{"s3 key slash",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "key": "/{stack}"}}, "buckets": {"a1": {"name": ` +
			`"abc"}}}`,
		`backend.s3.key = "/{stack}": may contain only letters, numbers and ! _ . ' ( ) / = -, without '/' at either ` +
			`end and without '//'; use a key such as "datalock/{stack}.tfstate"`},
	{"s3 key with two slashes",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "key": "a//{stack}"}}, "buckets": {"a1": ` +
			`{"name": "abc"}}}`,
		`backend.s3.key = "a//{stack}": may contain only letters, numbers and ! _ . ' ( ) / = -, without '/' at either ` +
			`end and without '//'; use a key such as "datalock/{stack}.tfstate"`},
	{"s3 key that would be a pattern in a policy",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "key": "a/*/{stack}"}}, "buckets": {"a1": ` +
			`{"name": "abc"}}}`,
		`backend.s3.key = "a/*/{stack}": may contain only letters, numbers and ! _ . ' ( ) / = -, without '/' at either ` +
			`end and without '//'; use a key such as "datalock/{stack}.tfstate"`},
	{"a state over the settings",
		`{"region": "us-east-1", "backend": {"local": {"path": "../../../{stack}.json"}}, "buckets": {"cdktf": {"name": ` +
			`"abc"}}}`,
		`backend.local.path = "../../../{stack}.json": is the file with these settings, which Terraform would overwrite; ` +
			`use a path such as "../../../terraform.{stack}.tfstate"`},
	{"a name that JavaScript has",
		`{"region": "us-east-1", "buckets": {"constructor": {"name": "abc"}, "toString": {"name": "abd"}}}`,
		`buckets.constructor: cdktf can't use this name: every JavaScript object has a property with it; rename the stack
buckets.toString: cdktf can't use this name: every JavaScript object has a property with it; rename the stack`},
	{"a tag that JavaScript loses",
		`{"region": "us-east-1", "tags": {"__proto__": "x"}, "buckets": {"a1": {"name": "abc"}}}`,
		`tags.__proto__: cdktf drops a tag with this key, which is a property of every JavaScript object; rename the tag`},
	{"an endpoint with an empty label",
		`{"region": "us-east-1", "endpoint": "http://a..b", "buckets": {"a1": {"name": "abc"}}}`,
		`endpoint = "http://a..b": must be the URL of an S3-compatible server: http or https, a host and an optional ` +
			`port, without path or password; use a URL such as "https://127.0.0.1:9000", or remove the key to use AWS`},
	{"a confirmation of nothing",
		`{"region": "us-east-1", "buckets": {"a1": {"name": "abc", "retention": {"confirmRetentionDays": 0}}}}`,
		`buckets.a1.retention.confirmRetentionDays = 0: must equal the retention in days; remove the key if the retention ` +
			`needs no confirmation`},
	{"s3 region",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "region": "mars"}}, "buckets": {"a1": {"name": ` +
			`"abc"}}}`,
		`backend.s3.region = "mars": must be the code of an AWS Region; use a code such as "us-east-1" or "eu-central-1"`},
	{"s3 lockfile",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "useLockfile": 1}}, "buckets": {"a1": {"name": ` +
			`"abc"}}}`,
		`backend.s3.useLockfile = 1: must be true or false, but is a number; write true or false without quotes`},
	{"s3 Terraform's spelling",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "use_lockfile": true}}, "buckets": {"a1": ` +
			`{"name": "abc"}}}`,
		`backend.s3.use_lockfile: unknown key; did you mean "useLockfile"?`},
	{"cloud without organization",
		`{"region": "us-east-1", "backend": {"cloud": {}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.organization: missing; set the HCP Terraform organization`},
	{"cloud organization",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "my org"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.organization = "my org": may contain only letters, numbers, '-' and '_'; use the organization's ` +
			`name as it is in its URL`},
	{"cloud organization long",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "` + strings.Repeat("o", 41) +
			`"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.organization = "` + strings.Repeat("o", 41) +
			`": is 41 characters long, but must be 1 to 40; use the organization's name as it is in its URL`},
	{"cloud tag long",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"tags": ["` +
			strings.Repeat("t", 256) + `"]}}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.tags[0] = "` + strings.Repeat("t", 80) +
			`… (256 bytes): is 256 characters long, but must be 1 to 255; rename the tag`},
	{"cloud project characters",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"project": "a/b"}}}, ` +
			`"buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.project = "a/b": may contain only letters, numbers, spaces, '-' and '_', without a ` +
			`space at either end; use the project's name as HCP Terraform shows it`},
	{"s3 key long",
		`{"region": "us-east-1", "backend": {"s3": {"bucket": "my-state", "key": "{stack}` + strings.Repeat("k", 894) +
			`"}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.s3.key = "{stack}` + strings.Repeat("k", 73) +
			`… (901 bytes): is 901 characters long, but must be 1 to 900; use a key such as "datalock/{stack}.tfstate"`},
	{"account with letters",
		`{"region": "us-east-1", "account": "12345678901x", "buckets": {"a1": {"name": "abc"}}}`,
		`account = "12345678901x": must be the 12 digits of an AWS account ID; write the digits only, in quotes, such as ` +
			`"012345678901"`},
	{"cloud hostname",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "hostname": "https://app.terraform.io"}}, ` +
			`"buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.hostname = "https://app.terraform.io": must be a lower-case host name without a scheme, with an ` +
			`optional port; use a host such as "app.terraform.io"`},
	{"cloud workspace shared",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"name": "prod"}}}, ` +
			`"buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.name = "prod": must contain {stack}, because otherwise all stacks would share one ` +
			`workspace; put {stack} where the stack's name belongs`},
	{"cloud workspace characters",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"name": "prod {stack}"}}}, ` +
			`"buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.name = "prod {stack}": may contain only letters, numbers, '-', '_' and {stack}; use a ` +
			`name such as "datalock-{stack}"`},
	{"cloud workspace long",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"name": "` +
			strings.Repeat("n", 64) + `nnnnnnnnnnnnnnnnnnnnnnnn{stack}x"}}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.name = "` + strings.Repeat("n", 64) +
			`nnnnnnnnnnnnnnnn… (96 bytes): the workspace name ` + strings.Repeat("n", 64) +
			`nnnnnnnnnnnnnnnnnnnnnnnna1x is 91 characters long, but must be 1 to 90; shorten it or the stack's name`},
	{"cloud name and tags",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"name": "{stack}", "tags": ` +
			`["a"]}}}, "buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces: workspaces are selected by name or by tags, not both; remove one`},
	{"cloud tags empty",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"tags": []}}}, "buckets": ` +
			`{"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.tags = []: must not be empty; write a value, or remove the key`},
	{"cloud tags a number",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"tags": ["a", 2]}}}, ` +
			`"buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.tags[1] = 2: must be a string, but is a number; put it in quotes`},
	{"cloud tag characters",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"tags": ["a b"]}}}, ` +
			`"buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.tags[0] = "a b": may contain only letters, numbers, ':', '-' and '_', with a letter or ` +
			`a number at each end; rename the tag`},
	{"cloud project",
		`{"region": "us-east-1", "backend": {"cloud": {"organization": "acme", "workspaces": {"project": "x"}}}, ` +
			`"buckets": {"a1": {"name": "abc"}}}`,
		`backend.cloud.workspaces.project = "x": is 1 character long, but must be 3 to 40; use the project's name as HCP ` +
			`Terraform shows it`},
	{"all at once",
		`{"region": "mars", "account": "1", "buckets": {"a1": {"name": "X", "retention": {"mode": "NONE", "days": 0}}, ` +
			`"a2": {"nmae": "abc", "tags": {"aws:x": "y"}}}}`,
		`buckets.a1.retention.days = 0: must be a whole number from 1 to 36500; write a length in days, such as "days": 90` +
			"\n" +
			`buckets.a2.nmae: unknown key; did you mean "name"?` + "\n" +
			`region = "mars": must be the code of an AWS Region; use a code such as "us-east-1" or "eu-central-1"` + "\n" +
			`account = "1": is 1 character long, but an AWS account ID has 12 digits; write the digits only, in quotes, such ` +
			`as "012345678901"` + "\n" +
			`buckets.a1.name = "X": is 1 character long, but must be 3 to 63; choose another bucket name` + "\n" +
			`buckets.a1.retention.mode = "NONE": must be COMPLIANCE or GOVERNANCE; use "COMPLIANCE", which nobody can undo, ` +
			`or "GOVERNANCE", which some can bypass` + "\n" +
			`buckets.a2.tags["aws:x"]: AWS reserves tag keys that start with "aws:"; rename the tag`},
}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			_, err := settings.Decode([]byte(c.json))
			if err == nil {
				t.Fatalf("no mistake was found in %s", c.json)
			}
			if got := err.Error(); got != c.want {
				t.Errorf("of %s\n got  %s\n want %s", c.json, strings.ReplaceAll(got, "\n", "\n      "),
					strings.ReplaceAll(c.want, "\n", "\n      "))
			}
		})
	}
}
