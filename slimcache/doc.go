// Package slimcache lets a cdktf app in Go synthesize in half a second instead
// of five, with a tenth of the memory. Call it once, before the first construct:
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
// description (the file .jsii), and loads its code. For the AWS provider that is
// 390 MB of files, 120 MB of JSON and 2,100 submodules, of which an app uses a
// few.
//
// # What this package does
//
// jsii looks for a package in its cache before it unpacks it. So this package
// creates a cache with the same packages, but only with those submodules of each
// provider that the program imports and without source maps, and sets jsii's
// variable to it. It doesn't touch jsii's own cache, and the Terraform JSON is the
// same to the byte.
//
// The program's own file has everything that is needed, even if it was moved or
// there is no Go module cache: the npm tarballs, which Go embeds uncompressed,
// and the names of the types of each submodule, which each imported package
// registers (program.go). So there is no list of imports to maintain. A new
// import creates a new slim cache in 1.5 s.
//
// tarball.go reads what is embedded, assembly.go reduces a description, and
// index.go writes it as jsii reads it. build.go creates the cache, manifest.go
// notices damage, store.go publishes it in one step and removes old ones, and
// use.go decides and tells jsii.
//
// Two more files save time, and say why: late.go loads two of cdktf's libraries
// only when they are used, and kernel.go starts one node process instead of two.
//
// # Fallback
//
// jsii starts without the slim cache if DATALOCK_JSII is "stock", if the user
// configured a cache of jsii's, or if something is not as expected, such as a
// package with another layout or a folder that can't be written. Except in the
// first case, one line on standard error says why.
//
// # Safety
//
// The name of a package's folder contains the hash of its tarball, which jsii
// computes itself, so it never uses a slim cache of another version. Each start
// compares the hashes of all files in the slim cache and replaces a damaged one.
// A slim cache is written to a temporary name and renamed, so that parallel or
// killed runs and a full disk never leave an incomplete one.
package slimcache
