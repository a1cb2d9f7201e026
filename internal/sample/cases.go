package sample

// Outcome is what becomes of a row of the example in a first run against a CRM
// that holds [Seed].
type Outcome string

// The outcomes that rows of the example have.
const (
	Created    Outcome = "created"
	Merged     Outcome = "merged"       // joined with a client that was in the CRM already
	Held       Outcome = "held"         // waits for a person; Reason names the hold
	Rejected   Outcome = "rejected"     // cannot be a record
	OutOfScope Outcome = "out of scope" // a group, or marked for deletion
	Skipped    Outcome = "skipped"      // an identical twin of a row before
)

// Case is one row of [Example] worth looking at. Cases of several rows repeat
// the name.
type Case struct {
	Name string // stable, for tests: "wrong-inn"
	GUID string // the cell Ссылка; "" where the row has none
	// Line and LastLine are the physical lines, counted from 1; they differ
	// for a row that goes on in the next line.
	Line, LastLine int
	Outcome        Outcome
	// Reason is the hold's reason, or a word for what is reported beside the
	// outcome ("check-digit"); "" when nothing is to be said.
	Reason string
	Why    string // one sentence in English
	// Meets is the title of the client of Seed that the row meets; "" is none.
	Meets string
}

// Cases returns the rows of [Example] worth looking at, in the file's order.
func Cases() ([]Case, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	_, cases, err := b.render("")
	return cases, err
}
