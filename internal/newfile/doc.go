// Package newfile writes whole files: who looks at the path finds the old content
// or the new one, whatever happens in between. The content grows under a temporary
// name in the same folder, is made durable and then takes the place of the old
// file; a failure leaves the old file, and nothing beside it.
//
// A process that is killed can clean up nothing. Each temporary file is therefore
// locked by its writer: those that nobody holds any more are removed when the next
// file is begun in their folder.
//
// The package knows nothing of what it writes. Its functions may be called
// concurrently, also by several processes on one path: the last to end wins.
package newfile
