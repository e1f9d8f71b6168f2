package slimcache

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
)

// jsii starts two node processes: the kernel, which does the work, and a relay
// before it, which copies each message between its own standard input and
// output and the kernel's descriptor 3. Without the relay a run starts 0.1 s
// sooner, needs 45 MB less, and each message takes half the way.
//
// JSII_NODE, jsii's own variable, names the command to run as node. It gets the
// relay's file as its argument and starts the kernel that lies beside it.
const (
	nodeVariable = "JSII_NODE"

	// triedJSII is the version of github.com/aws/jsii-runtime-go whose relay
	// was read and is done without; any other one gets its relay.
	triedJSII = "v1.140.0"

	kernelScript     = "kernel/node"
	kernelScriptText = `#!/bin/sh
# Runs node; where that would be jsii's relay, runs jsii's kernel instead, with
# descriptor 3 to read messages from and 4 to write them to.
kernel="${1%/bin/jsii-runtime.js}/lib/program.js"
if [ "$1" = "${1%/bin/jsii-runtime.js}" ] || ! [ -f "$kernel" ]; then
  exec node "$@"
fi
exec node --preserve-symlinks --require "${0%/*}/preload.js" "$kernel" 3<&0 4>&1 </dev/null >&2
`

	kernelPreload     = "kernel/preload.js"
	kernelPreloadText = `'use strict';
// Does in the kernel what the relay does beside it.
const fs = require('fs');
const writeSync = fs.writeSync;
// The kernel reads and writes messages on descriptor 3, a socket. Here it is a
// pipe to read from; the one to write to is 4.
fs.writeSync = (fd, ...rest) => writeSync(fd === 3 ? 4 : fd, ...rest);
// What JavaScript prints goes to Go in lines that tell it from messages.
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, done) => {
    if (typeof encoding === 'function') [encoding, done] = [undefined, encoding];
    const text = Buffer.from(chunk, encoding).toString('base64');
    fs.writeFileSync(2, JSON.stringify({ [name]: text }) + '\n');
    if (done) process.nextTick(done);
    return true;
  };
}
`
)

// withoutRelay tells jsii to start its kernel without the relay, if that is
// known to work here. A user's own JSII_NODE is left as it is.
func withoutRelay(dir string) {
	script := filepath.Join(dir, filepath.FromSlash(kernelScript))
	if os.Getenv(nodeVariable) != "" || jsiiVersion() != triedJSII || !executable(script) {
		return
	}
	if _, err := exec.LookPath("node"); err != nil {
		return // jsii says so better than the script would
	}
	os.Setenv(nodeVariable, script)
}

func jsiiVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == jsiiModule && module.Replace == nil {
				return module.Version
			}
		}
	}
	return ""
}
