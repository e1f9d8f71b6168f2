//go:build !unix

package folder

import (
	"io/fs"
	"os"
)

const openFlags = os.O_RDONLY

func (*File) setState(fs.FileInfo) {}
