'use strict';
// Loads the library when it is first used.
let library;
const load = () => (library ??= require(%s));
module.exports = new Proxy(() => {}, {
  apply: (_, self, args) => Reflect.apply(load(), self, args),
  get: (_, name) => load()[name],
  has: (_, name) => name in load(),
});
