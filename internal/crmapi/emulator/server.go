package emulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Server is the emulated CRM, an http.Handler. Make it with New.
type Server struct {
	opt Options
	d   dialect

	mu    sync.Mutex // guards db and pages
	db    *store
	pages pageCache

	hist   history
	hook   hook
	faults faultPlan
	late   *lateCommits
}

// New returns a CRM without clients.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{opt: o, d: o.dialect(), db: newStore(o), late: newLateCommits()}
	s.hist.limit = o.HistoryBytes
	return s
}

// Key is the API key that the server accepts.
func (s *Server) Key() string { return s.opt.Key }

// Close lets late commits happen at once and waits for them. The server goes on
// to answer.
func (s *Server) Close() { s.late.close() }

// ReleaseLate lets the late commits that wait happen now, and returns when they
// have.
func (s *Server) ReleaseLate() { s.late.releaseAll() }

// bodyLimit bounds what one request may send.
const bodyLimit = 64 << 20

// ServeHTTP answers one request of the API. A fault of the kind "drop" panics
// with http.ErrAbortHandler, which net/http turns into a lost connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		s.hist.broken(r, s.opt.Clock())
		http.Error(w, "request body: cannot be read", http.StatusBadRequest)
		return
	}
	req := s.parse(r, body)
	ev := s.hist.begin(r, req, s.opt.Clock())
	stop := context.AfterFunc(r.Context(), func() { s.hist.left(ev) })
	defer stop()
	s.hook.call(ev)
	c := &call{s: s, req: req, event: ev}
	s.run(w, r, c)
}

// run executes a call as the fault plan says and answers.
func (s *Server) run(w http.ResponseWriter, r *http.Request, c *call) {
	f := s.faults.match(c.req)
	if f == nil {
		a := c.dressed(c.execute())
		s.finish(c, a, "", false)
		a.write(w)
		return
	}
	c.fault = f
	var a answer
	switch f.Phase {
	case PhaseBefore:
	case PhaseLate:
		s.late.start(time.Duration(f.Delay), func() {
			c.late = true
			c.execute()
		})
	default:
		a = c.dressed(c.execute())
	}
	s.respond(w, r, c, f, a)
}

// errInterrupted ends the work of a request at a fault of the phase "during".
var errInterrupted = errors.New("interrupted by the fault plan")

// call is one request being worked on.
type call struct {
	s       *Server
	req     request
	user    Login
	event   *Event
	fault   *Fault
	records int // writes of records begun
	late    bool
}

// execute does what the request asks for. Errors of the emulated program end
// here: they are answers.
func (c *call) execute() answer {
	value, err := c.dispatch()
	if err == nil {
		return value
	}
	if f, ok := asFatal(err); ok {
		if c.s.opt.HideErrors {
			return answer{raw: []byte{}, status: http.StatusInternalServerError}
		}
		return answer{raw: f.html()}
	}
	return answer{raw: []byte{}, interrupted: true}
}

// dressed gives an answer of v1 the Content-Type of its scripts.
func (c *call) dressed(a answer) answer {
	if a.contentType == "" && c.req.version == "v1" {
		a.contentType = "text/html; charset=utf-8"
	}
	return a
}

// beginRecord marks the start of the work on one record: faults stop here, and
// it takes its time.
func (c *call) beginRecord(p *array) error {
	if err := c.beginPart(p); err != nil {
		return err
	}
	if d := c.s.opt.PerRecord; d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		<-timer.C
	}
	return nil
}

// beginPart marks the start of a part of the work that takes no time of its own:
// a line of a specification, the payment of a new invoice, the line of what a
// payment leaves. Faults stop here too: such a part counts as a record.
func (c *call) beginPart(p *array) error {
	c.records++
	if c.fault != nil && c.fault.Phase == PhaseDuring && c.fault.hits(c.records, cast(p.get("uid"))) {
		return errInterrupted
	}
	return nil
}

// answer is what is sent back: a value to be printed as JSON, or raw text.
type answer struct {
	value       any
	raw         []byte // wins over value when not nil
	status      int    // 0: 200
	location    string
	contentType string // "": what the server always claims
	interrupted bool
}

func (a answer) body() []byte {
	if a.raw != nil {
		return a.raw
	}
	return encodeJSON(nil, a.value)
}

func (a answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", "application/json; charset=utf-8")
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	w.WriteHeader(a.code())
	_, _ = w.Write(a.body()) // the client has gone: nobody to tell
}

// finish completes the history of a call; dropped says that no answer went out.
func (s *Server) finish(c *call, a answer, fault string, dropped bool) {
	s.hist.end(c.event, a, fault, dropped)
}
