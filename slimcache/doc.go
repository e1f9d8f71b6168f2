// Package slimcache lets a cdktf app in Go synthesise in half a second instead
// of five, with a tenth of the memory. One call does it, before the first
// construct:
//
//	func main() {
//		slimcache.Use()
//		defer jsii.Close()
//		app := cdktf.NewApp(nil)
//
// # What is slow
//
// A cdktf app in Go talks to a JavaScript kernel, jsii. jsii unpacks the npm
// package of each library that the app uses into a cache, reads the package's
// description (the file .jsii), and loads its code. For the AWS provider these
// are 390 MB, 120 MB of JSON and 2,100 submodules, of which an app uses a few.
//
// # What this package does
//
// jsii looks a package up in its cache before it unpacks it, and takes what it
// finds there. So this package makes a cache that has the same packages, but of
// each provider only the submodules that the program imports, and tells jsii
// by jsii's own variable where it is. jsii's own cache is not touched, and the
// Terraform JSON is the same to the byte.
//
// All that is needed stands in the program's own file, whatever folder it is
// moved to and whether or not there is a Go module cache: the npm tarballs, as
// Go embeds them uncompressed, and the names of the types of each submodule,
// as each imported package registers its own (program.go). So there is no list
// of imports to keep, and a new import makes a new slim cache, in 1.5 s.
//
// The rest of the files: tarball.go reads what is embedded,
// assembly.go reduces a description and index.go writes it as jsii reads it,
// build.go makes the cache, manifest.go notices damage, store.go makes it
// appear in one step and removes old ones, use.go decides and tells jsii.
//
// Two more things save time, each in a file that says why: late.go has two
// libraries of cdktf's loaded when they are first used, and kernel.go starts
// one node process where jsii starts two.
//
// # When it steps aside
//
// jsii starts its stock way where DATALOCK_JSII is "stock", where the user has
// given jsii a cache of his own, and where anything is not as expected: a
// package with another layout, a folder that cannot be written. But for the
// first, one line on standard error says why.
//
// # What keeps it right
//
// The name of a package's folder has the hash of its tarball, and jsii computes
// that hash itself: a slim cache made from another version is never taken. Each
// start reads all files of the slim cache and compares their hashes, so that a
// damaged one is made anew. It is written aside and renamed, so that runs at
// the same time, a killed one or a full disk leave no half of it.
package slimcache
