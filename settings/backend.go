package settings

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// StackPlaceholder stands for the stack's name in a backend's key and in a
// workspace's name, so that no two stacks share a state.
const StackPlaceholder = "{stack}"

// Backend says where the Terraform state of each stack is kept. At most one
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
	// cdktf.out, with StackPlaceholder in it.
	Path string
}

// S3Backend keeps the state in an S3 bucket.
// https://developer.hashicorp.com/terraform/language/backend/s3
type S3Backend struct {
	// Bucket is the name of the state's bucket, which must exist.
	Bucket string
	// Key is the state's object key, with StackPlaceholder in it.
	Key string
	// Region is the state bucket's AWS Region; empty means Settings.Region.
	Region string
	// Endpoint is the URL of an S3-compatible server, or empty for AWS.
	Endpoint string
	// UseLockfile locks the state by an object beside it; Terraform 1.10 and
	// later can.
	UseLockfile bool
	// Encrypt asks for server-side encryption of the state.
	Encrypt bool
}

// CloudBackend keeps the state in, and may run Terraform on, HCP Terraform.
// https://developer.hashicorp.com/terraform/cli/cloud/settings
type CloudBackend struct {
	Organization string
	// Hostname is that of Terraform Enterprise, or empty for HCP Terraform.
	Hostname string
	// Workspaces says which workspace a stack has.
	Workspaces Workspaces
}

// Workspaces names the HCP Terraform workspace of each stack, by name or by
// tags.
type Workspaces struct {
	// Name is the workspace's name with StackPlaceholder in it; empty where
	// Tags are set.
	Name string
	// Tags select workspaces. The stack's name is added to them.
	Tags []string
	// Project is the project in which new workspaces are made, or empty for
	// the organization's default.
	Project string
}

// Defaults of the backends' settings.
const (
	// DefaultLocalPath puts the state beside cdktf.out, where cdktf has it.
	DefaultLocalPath     = "../../../terraform." + StackPlaceholder + ".tfstate"
	DefaultS3Key         = "datalock/" + StackPlaceholder + ".tfstate"
	DefaultWorkspaceName = StackPlaceholder
)

// ForStack fills a stack's name into a key, a path or a workspace's name.
func ForStack(template, stack string) string {
	return strings.ReplaceAll(template, StackPlaceholder, stack)
}

var (
	objectKey        = regexp.MustCompile(`^[A-Za-z0-9!_.*'()/=-]*$`)
	organizationName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	workspaceName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,90}$`)
	workspaceTag     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9:_-]{0,253}[A-Za-z0-9])?$`)
	projectName      = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9 _-]{1,38}[A-Za-z0-9_-]$`)
	hostname         = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[0-9]{1,5})?$|^localhost(:[0-9]{1,5})?$`)
)

func (ms *Mistakes) backend(path string, s Settings) {
	b := s.Backend
	var set []string
	if b.Local != nil {
		set = append(set, "local")
		ms.localBackend(join(path, "local"), *b.Local, s.Stacks())
	}
	if b.S3 != nil {
		set = append(set, "s3")
		ms.s3Backend(join(path, "s3"), *b.S3)
	}
	if b.Cloud != nil {
		set = append(set, "cloud")
		ms.cloudBackend(join(path, "cloud"), *b.Cloud, s.Stacks())
	}
	if len(set) > 1 {
		ms.add(path, "", "Terraform has one backend, but "+strings.Join(set, " and ")+" are set", "leave all but one out")
	}
}

func (ms *Mistakes) localBackend(parent string, b LocalBackend, stacks []string) {
	key := join(parent, "path")
	switch {
	case strings.HasPrefix(b.Path, "/") || strings.ContainsAny(b.Path, `\:`):
		ms.add(key, quote(b.Path), "must be relative to the stack's folder, with '/' between folders, so that it means the same on every machine", "write it as in "+quote(DefaultLocalPath))
	case !objectKey.MatchString(placeholderless(b.Path)):
		ms.add(key, quote(b.Path), "may have letters, numbers and ! _ . * ' ( ) / = -", "replace the other characters")
	case slices.Contains([]string{"", ".", ".."}, path.Base("x/"+b.Path)) || strings.HasSuffix(b.Path, "/") || strings.HasSuffix(b.Path, ".."):
		ms.add(key, quote(b.Path), "must be the path of a file", "write it as in "+quote(DefaultLocalPath))
	case strings.HasPrefix(stateFile(b.Path, "x"), "cdktf.out/"):
		ms.add(key, quote(b.Path), "must lead out of cdktf.out, where cdktf removes what it did not write", "write it as in "+quote(DefaultLocalPath))
	case slices.ContainsFunc(stacks, func(stack string) bool { return stateFile(b.Path, stack) == "cdktf.json" }):
		ms.add(key, quote(b.Path), "is the file of these settings, which Terraform would write its state over", "write it as in "+quote(DefaultLocalPath))
	case ms.placeholder(key, b.Path, "state") && stateFile(b.Path, "x") == stateFile(b.Path, "y"):
		ms.add(key, quote(b.Path), "is the same file for every stack, because '..' takes the stack's name away again", "write it as in "+quote(DefaultLocalPath))
	}
}

// stateFile returns where a stack's state lies, seen from the folder in which
// cdktf.out is.
func stateFile(template, stack string) string {
	return path.Join("cdktf.out", "stacks", stack, ForStack(template, stack))
}

func (ms *Mistakes) s3Backend(path string, b S3Backend) {
	if b.Bucket == "" {
		ms.add(join(path, "bucket"), "", "missing", "name the bucket that holds the Terraform state")
	} else {
		ms.bucketName(join(path, "bucket"), b.Bucket)
	}
	key := join(path, "key")
	switch {
	case len(b.Key) > 900 || strings.HasPrefix(b.Key, "/") || strings.HasSuffix(b.Key, "/") || strings.Contains(b.Key, "//") || !objectKey.MatchString(placeholderless(b.Key)):
		ms.add(key, quote(b.Key), "must be an object key of at most 900 bytes: letters, numbers and ! _ . * ' ( ) / = -, with no '/' at either end and no two in a row", "write it as in "+quote(DefaultS3Key))
	default:
		ms.placeholder(key, b.Key, "state")
	}
	if b.Region != "" {
		ms.region(join(path, "region"), b.Region, b.Endpoint)
	}
	ms.endpoint(join(path, "endpoint"), b.Endpoint)
}

func (ms *Mistakes) cloudBackend(path string, b CloudBackend, stacks []string) {
	if b.Organization == "" {
		ms.add(join(path, "organization"), "", "missing", "name the HCP Terraform organization")
	} else if !organizationName.MatchString(b.Organization) {
		ms.add(join(path, "organization"), quote(b.Organization), "must be 1 to 40 letters, numbers, '-' and '_'", "write the organization as it stands in its URL")
	}
	if _, port, _ := strings.Cut(b.Hostname, ":"); b.Hostname != "" && (!hostname.MatchString(b.Hostname) || !plainPort(port)) {
		ms.add(join(path, "hostname"), quote(b.Hostname), "must be a host name in lower case, with a port where needed, and no scheme", `write it as in "app.terraform.io"`)
	}
	ms.workspaces(join(path, "workspaces"), b.Workspaces, stacks)
}

func (ms *Mistakes) workspaces(path string, w Workspaces, stacks []string) {
	name := join(path, "name")
	switch {
	case w.Name != "" && len(w.Tags) > 0:
		ms.add(path, "", "workspaces are selected by name or by tags, not both", "leave one of the two out")
	case len(w.Tags) > 0:
		ms.workspaceTags(join(path, "tags"), w.Tags, stacks)
	case !workspaceName.MatchString(placeholderless(w.Name)):
		ms.add(name, quote(w.Name), "must be 1 to 90 letters, numbers, '-' and '_'", `write it as in "datalock-{stack}"`)
	case ms.placeholder(name, w.Name, "workspace"):
		for _, stack := range stacks {
			if full := ForStack(w.Name, stack); stackRule(stack) == "" && len(full) > 90 {
				ms.add(name, quote(w.Name), fmt.Sprintf("makes the workspace %s, longer than the 90 characters that HCP Terraform takes", full), "shorten it, or the stack's name")
			}
		}
	}
	if w.Project != "" && !projectName.MatchString(w.Project) {
		ms.add(join(path, "project"), quote(w.Project), "must be 3 to 40 letters, numbers, inner spaces, '-' and '_'", "write the project as HCP Terraform shows it")
	}
}

// workspaceTags holds tags to HCP Terraform's rules, and keeps apart the
// stacks' names, which are added to them: a stack must not find the workspace
// of another.
func (ms *Mistakes) workspaceTags(path string, tags, stacks []string) {
	const rule = "must be 1 to 255 letters, numbers, ':', '-' and '_', beginning and ending with a letter or a number"
	for i, tag := range tags {
		key := path + "[" + strconv.Itoa(i) + "]"
		same := func(other string) bool { return strings.EqualFold(tag, other) }
		switch {
		case !workspaceTag.MatchString(tag):
			ms.add(key, quote(tag), rule, "rename the tag")
		case slices.ContainsFunc(stacks, same):
			ms.add(key, quote(tag), "is the name of a stack, by which its workspace is told from those of the other stacks", "rename the tag or the stack")
		case slices.IndexFunc(tags, same) < i:
			ms.add(key, quote(tag), "is named twice", "remove one of the two")
		}
	}
	for _, stack := range stacks {
		if stackRule(stack) == "" && !workspaceTag.MatchString(stack) {
			ms.add(join("buckets", stack), "", "the stack's name becomes a tag of its workspace, and "+rule, "rename the stack")
		}
	}
}

// placeholder holds a template to having the stack's name in it, and reports
// whether it does.
func (ms *Mistakes) placeholder(path, template, what string) bool {
	if strings.Contains(template, StackPlaceholder) {
		return true
	}
	ms.add(path, quote(template), "must contain "+StackPlaceholder+", or all stacks would share one "+what, "put "+StackPlaceholder+" where the stack's name belongs")
	return false
}

func placeholderless(template string) string {
	return strings.ReplaceAll(template, StackPlaceholder, "x")
}
