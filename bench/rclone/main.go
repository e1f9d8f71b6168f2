// Command rclone is rclone with the backends and commands that the benchmark
// uses. All of rclone takes far longer to build.
package main

import (
	_ "github.com/rclone/rclone/backend/local"
	_ "github.com/rclone/rclone/backend/s3"
	"github.com/rclone/rclone/cmd"
	_ "github.com/rclone/rclone/cmd/check"
	_ "github.com/rclone/rclone/cmd/copy"
)

func main() { cmd.Main() }
