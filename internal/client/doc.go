// Package client tries a program that writes into a locked bucket: it deploys
// the declared bucket on the local S3 server, runs the program against it, and
// reports what S3 refuses, what it takes in a way that the owner won't like, and
// what to change.
//
// # How a program is tried
//
// [Run] deploys the stack as a quick rehearsal does, and puts a recorder before
// the server: a reverse proxy with its own certificate. The program gets
// the recorder as its endpoint, and the keys of an account that may read, write,
// delete, lock and list objects and change no bucket. What the bucket refuses is
// then refused by the bucket, not by missing rights. Each request is judged by
// package judge once it is answered.
//
// # What is kept
//
// The recorder keeps no bodies, no Authorization header, no session token and
// no signature, and of headers and query parameters only those on a list. The
// program's arguments aren't kept either.
//
// # What the program gets
//
// None of the user's AWS variables, configuration files and credentials. It
// runs in its own process group; when it has ended, was interrupted or took
// too long, what it left running is ended too.
package client
