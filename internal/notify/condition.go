package notify

import "time"

// Occasion is the kind of trouble that people asked to be told of.
type Occasion string

// The occasions. Recovered is none of a condition's: it says that people want to
// hear of the end as well.
const (
	Halt      Occasion = "halt" // a guard stopped a job
	Hold      Occasion = "hold" // records wait for a person's decision
	Fail      Occasion = "fail" // runs fail, a write is in doubt for too long, a copy of the state was not made
	Late      Occasion = "late" // an export did not come in time
	Recovered Occasion = "recovered"
)

// Condition is something that stands and that people may want to know.
//
// Job and Occasion say what it is about. Several conditions may stand of one job
// and occasion (two guards), told apart by Cause. A cause is a fingerprint, it
// begins with a stable English word; another cause is news. The cause of a Hold
// grows with every record that began to wait, as texts compare: only a greater one
// is news.
type Condition struct {
	Job      string
	Occasion Occasion
	Cause    string
	Since    time.Time // when it came, or came back
	Text     string    // for people, no personal data
	Next     string    // the command that helps
}

// Told is one condition that a channel was told of.
type Told struct {
	Channel, Job, Cause string
	Occasion            Occasion
	Since               time.Time
	Told                time.Time
	Ended               time.Time // zero: it stands, as far as the channel knows; else when it was last seen to stand
}

// End is what became of a trouble that people were told of and that stands no more.
type End uint8

// The ends.
const (
	Over    End = iota // it is over: people want to hear so
	Changed            // another trouble, which they are told, took its place: it ends without a word
	Open               // nobody knows yet: it stands, as far as people know
)

// Notice is what a channel is to be told now.
type Notice struct {
	Condition
	Recovered bool   // the trouble is over; Text and Next are empty
	Settles   []Told // to be kept once it was told, and only then
}

// The patience of Decide.
const (
	// Flap is how long after its end a condition that comes back is the old one: it
	// is told again only when it stood that long without a break.
	Flap = time.Hour
	// HoldPause is the least time between two notices of records that wait.
	HoldPause = 4 * time.Hour
)
