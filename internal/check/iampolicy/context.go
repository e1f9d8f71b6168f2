package iampolicy

import (
	"slices"
	"strings"
)

// What is known about a condition key in the requests of an IAM role or user.
type known struct {
	presence presence
	// value is empty if it isn't known.
	value string
}

type presence int

const (
	perhaps presence = iota // what the caller can choose, or what differs between callers
	present
	absent
)

// Condition keys whose values depend on each other, in lower case. ways.go tells
// how.
const (
	secureTransport = "aws:securetransport"
	tlsVersion      = "s3:tlsversion"
	currentTime     = "aws:currenttime"
	epochTime       = "aws:epochtime"
	tokenIssueTime  = "aws:tokenissuetime"
	sourceIP        = "aws:sourceip"
	vpcSourceIP     = "aws:vpcsourceip"
)

const (
	userID      = "aws:userid"
	callerOfKMS = "kms:calleraccount"

	federatedUser = "FederatedUser"
)

// key returns what is known about a condition key, given in lower case.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (r Request) key(key string) known {
	switch key {
	case principalARN:
		return known{present, r.Principal}
	case principalAccount, callerOfKMS:
		if account := AccountOf(r.Principal); account != unknownAccount {
			return known{present, account}
		}
		return known{presence: present}
	case principalType:
		return known{present, typeOf(r.Principal)}
	case "aws:principalisawsservice":
		return known{present, "false"}
	case "aws:resourceaccount", "s3:resourceaccount":
		return known{present, r.Account}
	case "aws:requestedregion":
		return known{present, r.Region}
	case userID, "aws:viaawsservice", "aws:useragent", "s3:authtype", "s3:signatureversion":
		return known{presence: present}
	case "aws:username":
		if typeOf(r.Principal) == "User" {
			return known{presence: present}
		}
		return known{presence: absent}
	case "s3:versionid":
		if lowerASCII(r.Action) == "s3:getobjectversion" {
			return known{presence: present}
		}
		return known{presence: absent}
	}
	if slices.Contains(ofServices, key) || slices.ContainsFunc(ofWriting, func(start string) bool {
		return strings.HasPrefix(key, start)
	}) {
		return known{presence: absent}
	}
	return known{}
}

// ofServices are the keys that only requests by AWS services have.
var ofServices = []string{
	"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicename",
	"aws:principalservicenameslist",
}

// ofWriting are how the keys begin that only requests have that write or lock
// objects: no [Request] does.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var ofWriting = []string{
	"s3:x-amz-server-side-encryption", "s3:x-amz-acl", "s3:x-amz-grant-", "s3:x-amz-copy-source",
	"s3:x-amz-metadata-directive", "s3:x-amz-storage-class", "s3:x-amz-website-redirect-location", "s3:object-lock-",
	"s3:requestobjecttag", "s3:objectcreationoperation",
}

// typeOf returns the aws:PrincipalType of a principal.
func typeOf(principal string) string {
	switch {
	case strings.Contains(principal, ":role/"):
		return "AssumedRole"
	case strings.Contains(principal, ":user/"):
		return "User"
	case strings.Contains(principal, ":federated-user/"):
		return federatedUser
	}
	return ""
}

// possible reports whether a key can have a value. The aws:userid of the root
// user is the number of the account; that of nobody else is.
func possible(key, value string) bool { return key != userID || !isAccount(value) }
