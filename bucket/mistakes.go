package bucket

import "datalock/settings"

// PolicyMistakes returns what is wrong with the bucket policies of settings that
// break no other rule: a policy that is too long, and statements of the owner
// that contradict the guards. path is the bucket's, with which the mistakes start.
func PolicyMistakes(path string, config settings.Bucket) settings.Mistakes {
	return append(policyMistakes(path, config), contradictions(path, config)...)
}
