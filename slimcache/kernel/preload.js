'use strict';
// Does in the kernel what the relay does beside it.
const fs = require('fs');
const writeSync = fs.writeSync;
// The kernel reads and writes messages on descriptor 3, a socket. Here it is a
// pipe to read from; the one to write to is 4.
fs.writeSync = (fd, ...rest) => writeSync(fd === 3 ? 4 : fd, ...rest);
// What JavaScript prints goes to Go in lines that tell it from messages. Node
// takes 20 ms to make the two streams, so they are made when they are used.
for (const name of ['stdout', 'stderr']) {
  const { get } = Object.getOwnPropertyDescriptor(process, name);
  let stream;
  Object.defineProperty(process, name, { get: () => (stream ??= redirect(name, get.call(process))) });
}

function redirect(name, stream) {
  stream.write = (chunk, encoding, done) => {
    if (typeof encoding === 'function') [encoding, done] = [undefined, encoding];
    const text = Buffer.from(chunk, encoding).toString('base64');
    fs.writeFileSync(2, JSON.stringify({ [name]: text }) + '\n');
    if (done) process.nextTick(done);
    return true;
  };
  return stream;
}
