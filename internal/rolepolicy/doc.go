// Package rolepolicy makes the IAM policy of the role that deploys a stack,
// from the synthesized Terraform JSON. It allows only the actions that Terraform
// needs, on the stack's resources, and denies what would undo the lock, whatever
// other policies the role has. A key that the stack creates has no ARN before it
// exists, so the actions on keys, kms:PutKeyPolicy among them, are allowed for every
// key of the account in the stack's Regions.
//
// # Three phases
//
// A role that can always do everything is a way around the lock, so there are
// three policies. [Plan] only reads, for pull requests and drift checks.
// [Create] is for the first apply and for later changes of the lock. [Change] is
// for everything else: tags, lifecycle, encryption and the guards. It denies
// changes of the default retention and of versioning.
//
// # What IAM can't distinguish
//
// One action, s3:PutBucketObjectLockConfiguration, lengthens, shortens and
// removes the default retention, and no condition key tells which. A role that
// can do one can do the others, for later versions: locked versions stay as they
// are. The same is true for s3:PutBucketPolicy and the guards, and for the actions
// that change the trail, the rules and the topic: each can also stop the records.
// datalock check reads from the plan what a change does; IAM can't.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
package rolepolicy
