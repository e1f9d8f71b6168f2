// Package client tests a program that writes into a locked bucket: it deploys
// the declared bucket on the local S3 server, runs the program against it, and
// reports what S3 refuses, what S3 accepts but the owner won't want, and what
// to change.
//
// # How a program is tested
//
// [Run] deploys the stack as a quick rehearsal does, and puts a recorder in
// front of the server: a reverse proxy with its own certificate. The program
// gets the recorder as its endpoint, and the keys of an account that may read,
// write, delete, lock and list objects but not change buckets. So a refusal
// comes from the bucket, not from a missing permission. Package judge judges
// each request once it is answered.
//
// # What is kept
//
// The recorder keeps no bodies, Authorization headers, session tokens or
// signatures, and only listed headers and query parameters. The program's
// arguments aren't kept either.
//
// # What the program gets
//
// The program gets none of the user's AWS variables, configuration files or
// credentials. It runs in its own process group; when it has exited, was
// interrupted or exceeded its timeout, the processes it left running are
// stopped too. Those of other users can't be: the report names them.
package client
