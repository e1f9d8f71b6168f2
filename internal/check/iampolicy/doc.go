// Package iampolicy tells whether one IAM policy document guards less than
// another did.
//
// # How it decides
//
// A policy is taken apart into atoms: one statement's effect on one action, one
// resource and one principal. [Compare] then asks of every atom that the old
// policy denied whether some statement of the new one surely denies it still,
// and of every atom that the new policy allows whether the old one surely
// allowed it before. Actions and resources may be patterns, conditions are
// compared operator by operator: more values of StringEquals match more, more
// values of StringNotEquals match less, a higher bound of NumericLessThan
// matches more.
//
// # Surely
//
// What can't be proved is a [Loss] too, with Proven false: a wrong alarm costs
// a look, a wrong pass costs the guard. A statement that was split in two by
// its actions, resources or principals is understood; one that was split by its
// conditions is not.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
package iampolicy
