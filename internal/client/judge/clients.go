package judge

import "strings"

// agents are the programs recognised by their User-Agent. The first match
// counts: a program comes before the SDK that it uses.
var agents = []struct{ in, name string }{
	{"hadoop ", "Hadoop S3A"},
	{"kafkas3connector", "Kafka Connect"},
	{"nextflow", "Nextflow"},
	{"rclone/", "rclone"},
	{"s5cmd", "s5cmd"},
	{"s3fs", "s3fs"},
	{"mountpoint-s3", "Mountpoint for S3"},
	{"object_store", "object_store"},
	{" mc/", "MinIO client"},
	{"minio", "MinIO SDK"},
	{"aws-cli/", "AWS CLI"},
	{"boto3/", "boto3"},
	{"botocore/", "botocore"},
	{"aws-sdk-go-v2/", "AWS SDK for Go v2"},
	{"aws-sdk-go/", "AWS SDK for Go v1"},
	{"aws-sdk-js/3", "AWS SDK for JavaScript v3"},
	{"aws-sdk-nodejs/", "AWS SDK for JavaScript v2"},
	{"aws-sdk-java/1", "AWS SDK for Java v1"},
	{"aws-sdk-java/", "AWS SDK for Java v2"},
	{"aws-sdk-kotlin", "AWS SDK for Kotlin"},
	{"aws-sdk-rust", "AWS SDK for Rust"},
	{"aws-sdk-cpp", "AWS SDK for C++"},
	{"aws-sdk-dotnet", "AWS SDK for .NET"},
	{"aws-sdk-php", "AWS SDK for PHP"},
	{"aws-sdk-ruby", "AWS SDK for Ruby"},
	{"bun/", "Bun"},
	{"curl/", "curl"},
	{"python-", "Python"},
	{"go-http-client", "Go"},
}

// noAgent is a program that sends no User-Agent, such as s3cmd.
const noAgent = "a program without User-Agent"

// Agent returns the program named by a User-Agent: a name that has advice, or
// else its first word.
func Agent(userAgent string) string {
	small := strings.ToLower(userAgent)
	for _, a := range agents {
		if strings.Contains(small, a.in) {
			return a.name
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(userAgent), " ")
	if first == "" {
		return noAgent
	}
	return first
}
