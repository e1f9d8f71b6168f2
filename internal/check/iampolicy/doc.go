// Package iampolicy compares IAM policy documents: does the new one guard less
// than the old one?
//
// # How it decides
//
// A policy is split into atoms: one statement's effect on one action, one
// resource and one principal. [Compare] checks that the new policy still denies
// every atom that the old one denied, and that the old policy already allowed
// every atom that the new one allows. Actions and resources may be patterns.
// Conditions are compared operator by operator: more values of StringEquals
// match more, more values of StringNotEquals match less, a higher bound of
// NumericLessThan matches more.
//
// # What can't be proved
//
// What can't be proved is a [Loss] too, with Proven false: a false alarm costs a
// look, a false pass costs the guard. A statement that was split by its actions,
// resources or principals is recognised; one that was split by its conditions
// isn't.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
package iampolicy
