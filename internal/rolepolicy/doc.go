// Package rolepolicy makes the IAM policy of the role that deploys a stack,
// from what the stack really declares: the Terraform JSON that was
// synthesised. Nothing is allowed that Terraform doesn't ask for, and what
// would undo the lock is denied, whatever else the role may be given.
//
// # Three phases
//
// A role that may do everything at all times is a door around the lock, so
// there are three policies. [Plan] only reads: pull requests and drift checks
// need no more. [Create] is for the first apply, and for a later one that
// changes the lock itself. [Change] is for all that lies between: it changes
// tags, lifecycle, encryption and the guards, and is denied the default
// retention and versioning.
//
// # What can't be told apart
//
// AWS has one action, s3:PutBucketObjectLockConfiguration, for lengthening the
// default retention, for shortening it and for removing it, and no condition
// key that tells which. Who may do the one may do the others, for versions to
// come: locked versions stay as they are. The same holds for s3:PutBucketPolicy
// and the guards. The plan gate reads what a change does; IAM can't.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
package rolepolicy
