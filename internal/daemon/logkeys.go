package daemon

// Keys of the scheduler's log.
const (
	keyJob     = "job"
	keyChore   = "chore"
	keyCause   = "cause"
	keyPID     = "pid"
	keyFolder  = "folder"
	keyNext    = "next"
	keyTook    = "took"
	keySkipped = "skipped"
	keyMoved   = "moved"
	keyStack   = "stack"
)
