// Command syncd keeps a SalesMan CRM and the exports of an accounting system in
// agreement.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // zones are part of the configuration; a small server may lack them
)

func main() {
	ctx, stop := interruptible(context.Background(), endAtOnce)
	code := run(ctx, os.Args[1:], os.Getenv, stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
