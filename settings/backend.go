package settings

import (
	"cmp"
	"regexp"
	"strings"
)

// StackPlaceholder stands for the stack's name in a backend's path, key or
// workspace name, so that no two stacks share a state.
const StackPlaceholder = "{stack}"

// Backend is where the Terraform state of each stack is kept. At most one
// field is set; the zero value is the local backend with its default path.
// https://developer.hashicorp.com/terraform/language/backend
type Backend struct {
	Local *LocalBackend
	S3    *S3Backend
	Cloud *CloudBackend
}

// LocalBackend keeps the state in a file.
// https://developer.hashicorp.com/terraform/language/backend/local
type LocalBackend struct {
	// Path is the state file's path, relative to the stack's folder in
	// cdktf.out. It contains StackPlaceholder.
	Path string
}

// S3Backend keeps the state in an S3 bucket.
// https://developer.hashicorp.com/terraform/language/backend/s3
type S3Backend struct {
	// Bucket is the name of the state's bucket, which must exist.
	Bucket string
	// Key is the state's object key. It contains StackPlaceholder.
	Key string
	// Region is the state bucket's AWS Region; empty means Settings.Region.
	Region string
	// Endpoint is the URL of an S3-compatible server, or empty for AWS.
	Endpoint string
	// UseLockfile locks the state with an object next to it. It needs
	// Terraform 1.10 or later.
	UseLockfile bool
	// Encrypt asks for server-side encryption of the state.
	Encrypt bool
}

// CloudBackend keeps the state in HCP Terraform, which can also run Terraform.
// https://developer.hashicorp.com/terraform/cli/cloud/settings
type CloudBackend struct {
	Organization string
	// Hostname is the host of Terraform Enterprise, or empty for HCP
	// Terraform.
	Hostname string
	// Workspaces selects the workspace of each stack.
	Workspaces Workspaces
}

// Workspaces selects the HCP Terraform workspace of each stack, by name or by
// tags.
type Workspaces struct {
	// Name is the workspace's name. It contains StackPlaceholder. It is empty
	// if Tags is set.
	Name string
	// Tags select a workspace, together with one more tag: the stack's name.
	Tags []string
	// Project is where Terraform creates workspaces, or empty for the
	// organization's default project.
	Project string
}

// Defaults of the backends' settings.
const (
	// DefaultLocalPath is next to cdktf.json if the output folder is
	// [DefaultOutput]; [Settings.LocalPath] knows the other folders.
	DefaultLocalPath     = "../../../" + stateFile
	DefaultS3Key         = "datalock/" + StackPlaceholder + ".tfstate"
	DefaultWorkspaceName = StackPlaceholder
)

// ForStack replaces StackPlaceholder with a stack's name.
func ForStack(template, stack string) string {
	return strings.ReplaceAll(template, StackPlaceholder, stack)
}

// Characters that are allowed; lengths are checked apart.
// https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces
var (
	// objectKey leaves out '*', which is a wildcard in the policy of a role.
	objectKey    = regexp.MustCompile(`^[A-Za-z0-9!_.'()/=-]*$`)
	cloudName    = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)
	workspaceTag = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9:_-]*[A-Za-z0-9])?$`)
	projectName  = regexp.MustCompile(`^[A-Za-z0-9_-]([A-Za-z0-9 _-]*[A-Za-z0-9_-])?$`)
	hostLabel    = `[a-z0-9]([a-z0-9-]*[a-z0-9])?`
	hostname     = regexp.MustCompile(`^(` + hostLabel + `(\.` + hostLabel + `)+|localhost)(:[0-9]{1,5})?$`)
)

// Limits in characters. S3 itself allows keys of 1,024 bytes; the rest is left
// to the stack's name.
const (
	longestOrganization = 40
	longestWorkspace    = 90
	longestTag          = 255
	shortestProject     = 3
	longestProject      = 40
	longestKey          = 900
)

func (b Backend) validate(path string, s Settings) Mistakes {
	var (
		ms  Mistakes
		set []string
	)
	if b.Local != nil {
		set = append(set, "local")
		ms = append(ms, b.Local.validate(join(path, "local"), s)...)
	}
	if b.S3 != nil {
		set = append(set, "s3")
		ms = append(ms, b.S3.validate(join(path, "s3"), s)...)
	}
	if b.Cloud != nil {
		set = append(set, "cloud")
		ms = append(ms, b.Cloud.validate(join(path, "cloud"), s.Stacks())...)
	}
	if b.S3 == nil && b.Cloud == nil && (b.Local == nil || b.Local.Path == "") {
		ms = append(ms, s.validateOutput()...)
	}
	if len(set) > 1 {
		ms.add(path, "", "Terraform uses one backend, but "+strings.Join(set, " and ")+" are set", "keep one of them")
	}
	return ms
}

func (b S3Backend) validate(path string, s Settings) Mistakes {
	var ms Mistakes
	if b.Bucket == "" {
		ms.add(join(path, "bucket"), "", "missing", "set the bucket that stores the Terraform state")
	} else {
		ms = append(ms, validateBucketName(join(path, "bucket"), b.Bucket)...)
	}
	ms = append(ms, b.validateKey(join(path, "key"))...)
	// The Region of an endpoint may be none of AWS's.
	inherits := b.Region == "" && s.Region != "" && s.Endpoint != "" && b.Endpoint == ""
	if b.Region != "" || inherits {
		ms = append(ms, validateRegion(join(path, "region"), cmp.Or(b.Region, s.Region), b.Endpoint)...)
	}
	return append(ms, validateEndpoint(join(path, "endpoint"), b.Endpoint)...)
}

func (b S3Backend) validateKey(path string) Mistakes {
	slashes := strings.HasPrefix(b.Key, "/") || strings.HasSuffix(b.Key, "/") || strings.Contains(b.Key, "//")
	rule := lengthRule(b.Key, 1, longestKey)
	if rule == "" && (slashes || !objectKey.MatchString(withoutPlaceholder(b.Key))) {
		rule = "may contain only letters, numbers and ! _ . ' ( ) / = -, without '/' at either end and without '//'"
	}
	if rule == "" {
		return validatePlaceholder(path, b.Key, "state")
	}
	return mistake(path, quote(b.Key), rule, "use a key such as "+quote(DefaultS3Key))
}

func (b CloudBackend) validate(path string, stacks []string) Mistakes {
	ms := b.validateOrganization(join(path, "organization"))
	_, port, _ := strings.Cut(b.Hostname, ":")
	if b.Hostname != "" && (!hostname.MatchString(b.Hostname) || !isPort(port)) {
		ms.add(join(path, "hostname"), quote(b.Hostname),
			"must be a lower-case host name without a scheme, with an optional port", `use a host such as "app.terraform.io"`)
	}
	return append(ms, b.Workspaces.validate(join(path, "workspaces"), stacks)...)
}

func (b CloudBackend) validateOrganization(path string) Mistakes {
	if b.Organization == "" {
		return mistake(path, "", "missing", "set the HCP Terraform organization")
	}
	rule := lengthRule(b.Organization, 1, longestOrganization)
	if rule == "" && !cloudName.MatchString(b.Organization) {
		rule = "may contain only letters, numbers, '-' and '_'"
	}
	if rule == "" {
		return nil
	}
	return mistake(path, quote(b.Organization), rule, "use the organization's name as it is in its URL")
}
