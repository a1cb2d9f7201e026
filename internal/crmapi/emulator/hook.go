package emulator

import "sync"

// Arrival is a request that is about to be worked on.
type Arrival struct {
	Seq    int    // as Event.Seq
	Action string // as Event.Action
	Body   string // as Event.Body
}

// OnRequest has f called before the work on each request begins, so that the CRM
// can change between any two requests of one client: f may call every method of
// the Server, but must not send it requests. Calls come one at a time, those of
// requests at the same time in any order. nil: nobody is called any more.
func (s *Server) OnRequest(f func(Arrival)) {
	s.hook.mu.Lock()
	defer s.hook.mu.Unlock()
	s.hook.f = f
}

// hook is who wants to know of requests.
type hook struct {
	mu sync.Mutex // held while f runs
	f  func(Arrival)
}

func (h *hook) call(ev *Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.f != nil {
		h.f(Arrival{Seq: ev.Seq, Action: ev.Action, Body: ev.Body})
	}
}
