package main

import (
	"os"
	"runtime/debug"
)

// A state of largeState bytes holds about 200,000 records. Over it the heap may
// grow by heapGrowth percent before it is swept.
const (
	largeState = 256 << 20
	heapGrowth = 25
)

// saveMemory lets the garbage collector run earlier than Go's default of 100 %
// where there are many records: what a run then holds is an index of hashes
// without pointers, which costs nothing to mark, and a third of the memory is
// saved for a few percent of time. With few records it would cost more than it
// saves. A GOGC of the environment wins.
func (in *installation) saveMemory() {
	if in.app.getenv("GOGC") != "" {
		return
	}
	if st, err := os.Stat(string(in.cfg.State)); err == nil && st.Size() >= largeState {
		debug.SetGCPercent(heapGrowth)
	}
}
