#!/bin/sh
# Runs node; where that would be jsii's relay, runs jsii's kernel instead, with
# descriptor 3 to read messages from and 4 to write them to.
kernel="${1%/bin/jsii-runtime.js}/lib/program.js"
if [ "$1" = "${1%/bin/jsii-runtime.js}" ] || ! [ -f "$kernel" ]; then
  exec node "$@"
fi
exec node --preserve-symlinks --require "${0%/*}/preload.js" "$kernel" 3<&0 4>&1 </dev/null >&2
