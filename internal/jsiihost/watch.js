'use strict';
// Ends this node when the process that started it is gone. jsii's kernel can't
// notice that by itself: it may be in a call that never returns.
const { isMainThread, Worker } = require('worker_threads');
if (isMainThread) {
  const watch = `
    const { workerData } = require('worker_threads');
    setInterval(() => {
      if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
    }, 200);`;
  new Worker(watch, { eval: true, workerData: process.ppid, execArgv: [] }).unref();
}
