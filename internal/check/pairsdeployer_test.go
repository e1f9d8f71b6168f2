package check_test

import "strings"

const (
	intern    = "arn:aws:sts::012345678901:assumed-role/intern/ci"
	deployer  = "arn:aws:sts::012345678901:assumed-role/deployer/ci"
	internARN = "arn:aws:iam::012345678901:role/intern"
	theirKey  = "arn:aws:kms:us-east-1:" + otherAccount + ":key/01234567-89ab-cdef-0123-456789abcdef"
)

// unreadable denies everybody but a guardian to read the policy, which every plan does.
var unreadable = deny(`"s3:GetBucketPolicy"`, theBucket, unless("ArnNotEquals", guardianARN))

// delivery is a statement that allows a service an action, under a condition.
func delivery(action, condition string) string {
	return `{"Sid":"Logs","Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"` + action + `",` +
		theObjects + `,"Condition":{` + condition + `}}`
}

// firstDelivery has the first policy of an existing bucket allow a delivery.
func firstDelivery(action, condition string) func(planJSON) {
	return all(policyFromNothing(delivery(action, condition)), callerIs(deployer))
}

// toKMS has the default encryption go from AES256 to a key.
func toKMS(key string) func(planJSON) {
	return both(theEncryptionAt, "rule", encrypted("AES256", ""), encrypted("aws:kms", key))
}

const (
	newDelivery = "policy-loosened " + thePolicyAt + ": statement Logs is new, and allows"
	ofOwn       = `"StringEquals":{"aws:SourceAccount":"012345678901"}`
	ofMine      = `"ArnLike":{"aws:SourceArn":"arn:aws:s3:::mine"}`
)

// deployerPairs are about who made the plan and what account that is.
var deployerPairs = []pair{
	{name: "who plans and can't read the policy", plan: "tags",
		stops: all(gain(thePolicyAt, unreadable), callerIs(intern)), found: []string{
			"deployer-locked-out " + thePolicyAt + ": the role that made the plan, " + internARN +
				", is denied s3:GetBucketPolicy by statement No, which every later plan needs",
		},
		passes: all(gain(thePolicyAt, unreadable), callerBy("me", "aws.other", intern))},
	{name: "who plans by one of two providers", plan: "tags",
		stops: all(gain(thePolicyAt, unreadable), callerBy("me", "aws", intern), callerBy("two", "aws.two", deployer)),
		found: []string{"deployer-locked-out " + thePolicyAt + ": the role that made the plan, " + internARN},
		passes: all(gain(thePolicyAt, unreadable), callerBy("me", "aws", deployer),
			callerBy("two", "aws.two", intern))},
	{name: "who plans, if that isn't one", plan: "tags",
		stops:  all(gain(thePolicyAt, unreadable), callerBy("me", "aws", intern), callerBy("two", "aws", intern)),
		found:  []string{"deployer-locked-out " + thePolicyAt + ": the role that made the plan, " + internARN},
		passes: all(gain(thePolicyAt, unreadable), callerBy("me", "aws", deployer), callerBy("two", "aws", intern))},
	{name: "who applies and can't change the policy", plan: "tags",
		stops: roleFrom(constant(internARN), nil), found: []string{
			"deployer-locked-out " + thePolicyAt + ": the role that deploys it, " + internARN + ", is denied s3:PutBucketPolicy",
		},
		passes: callerIs(intern)},
	{name: "a key of another account in the place of AES256", plan: "no-change",
		stops: all(toKMS(theirKey), callerIs(deployer)),
		found: []string{"encryption-weakened " + theEncryptionAt + ": the default encryption goes from AES256 to the key " +
			theirKey + ", of another account than the bucket"},
		passes: all(toKMS(keyARN), callerIs(deployer))},
	{name: "a first delivery from any source", plan: "no-change",
		stops: firstDelivery("s3:PutObject", `"ArnLike":{"aws:SourceArn":"arn:aws:*"}`), found: []string{newDelivery},
		passes: firstDelivery("s3:PutObject",
			`"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:012345678901:*"}`)},
	{name: "a first delivery from one source or any", plan: "no-change",
		stops: firstDelivery("s3:PutObject", `"ArnLike":{"aws:SourceArn":["arn:aws:s3:::mine","arn:aws:*"]}`),
		found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofMine)},
	{name: "a first delivery from buckets of a prefix", plan: "no-change",
		stops: firstDelivery("s3:PutObject", `"ArnLike":{"aws:SourceArn":"arn:aws:s3:::mine*"}`),
		found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofMine)},
	{name: "a first delivery from any service", plan: "no-change",
		stops: firstDelivery("s3:PutObject", `"StringLike":{"aws:SourceArn":"arn:aws:*:us-east-1:012345678901:x"}`),
		found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofMine)},
	{name: "a first delivery from any Region", plan: "no-change",
		stops: firstDelivery("s3:PutObject", `"StringLike":{"aws:SourceArn":"arn:aws:logs:*:012345678901:x"}`),
		found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofMine)},
	{name: "a first policy that lets a service do all but something", plan: "no-change",
		stops:  policyFromNothing(strings.Replace(delivery("s3:PutObject", ofMine), `"Action"`, `"NotAction"`, 1)),
		found:  []string{"policy-loosened " + thePolicyAt + ": statement Logs is new"},
		passes: policyFromNothing(delivery("s3:PutObject", ofMine))},
	{name: "a first delivery from another account", plan: "no-change",
		stops: firstDelivery("s3:PutObject", `"StringEquals":{"aws:SourceAccount":"999999999999"}`),
		found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofOwn)},
	{name: "a first delivery by an ARN of another account", plan: "no-change",
		stops: firstDelivery("s3:PutObject",
			`"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:999999999999:*"}`),
		found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofOwn)},
	{name: "a first delivery from any account", plan: "no-change",
		stops: firstDelivery("s3:PutObject", `"StringLike":{"aws:SourceAccount":"*"}`),
		found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofOwn)},
	{name: "a first policy that lets a service do everything", plan: "no-change",
		stops: firstDelivery("s3:*", ofOwn), found: []string{newDelivery}, passes: firstDelivery("s3:PutObject", ofOwn)},
	{name: "a first policy that lets a service delete", plan: "no-change",
		stops: firstDelivery("s3:DeleteObjectVersion", ofOwn), found: []string{newDelivery},
		passes: firstDelivery("s3:PutObject", ofOwn)},
}
