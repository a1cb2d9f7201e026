package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Event is one request as it was received, what it did to the store, and what
// was answered.
type Event struct {
	Seq int `json:"seq"` // 1, 2, … in the order of arrival
	// Begin and End are ticks of a logical clock that moves with each arrival and
	// each end: two requests overlapped when one began before the other ended.
	// End is 0 while the request is open. A late commit is outside of them.
	// Left is the tick at which the client gave up waiting, 0 when it did not; the
	// work went on until End.
	Left    int64       `json:"left,omitempty"`
	Begin   int64       `json:"begin"`
	End     int64       `json:"end"`
	At      time.Time   `json:"at"` // by the server's clock
	Verb    string      `json:"verb"`
	Path    string      `json:"path"`
	Query   string      `json:"query,omitempty"` // without the key
	Headers http.Header `json:"headers"`         // without the key
	// Action is the client action ("add.list"), or method/action of another
	// method ("guides/category", "contract/add").
	Action    string   `json:"action"`
	Version   string   `json:"version,omitempty"` // v1, v2, v3; "" outside the API
	Login     string   `json:"login,omitempty"`
	Write     bool     `json:"write,omitempty"` // an action that changes records
	KeyInURL  bool     `json:"key_in_url,omitempty"`
	KeyInBody bool     `json:"key_in_body,omitempty"`
	Body      string   `json:"body,omitempty"` // without the key, as far as Options.HistoryBytes
	Effects   []Effect `json:"effects,omitempty"`
	Status    int      `json:"status,omitempty"` // 0: nothing was answered
	Answer    string   `json:"answer,omitempty"` // as far as Options.HistoryBytes
	Fault     string   `json:"fault,omitempty"`  // the name of the fault that struck
	// Unmodelled names what the emulator does not know; a test that meets it is
	// wrong.
	Unmodelled string `json:"unmodelled,omitempty"`
}

// Effect kinds.
const (
	EffectCreated    = "created"
	EffectUpdated    = "updated"
	EffectDeleted    = "deleted"
	EffectDuplicate  = "duplicate"  // an add was refused; CLID is the existing client
	EffectDictionary = "dictionary" // Field is the dictionary, New the title created
)

// Entities of effects. Clients have none.
const (
	EntityDeal    = "deal"
	EntityInvoice = "invoice"
	EntityPayment = "payment"
	EntityPerson  = "person"
)

// Effect is one thing that a request did to the store. Old and New are values as
// stored; nil is null. Dictionary columns are ids.
type Effect struct {
	Kind   string `json:"kind"`
	Entity string `json:"entity,omitempty"` // one of the Entity constants; "": a client
	// ID is the did, crid or pid; of a payment the crid of what was paid.
	ID     int64  `json:"id,omitempty"`
	Number string `json:"number,omitempty"` // of an invoice
	Sum    string `json:"sum,omitempty"`    // of an invoice or a payment
	// Orphan tells of a deal whose client or payer was not there.
	Orphan bool `json:"orphan,omitempty"`
	// Again tells of a payment of what was paid already.
	Again bool    `json:"again,omitempty"`
	CLID  int64   `json:"clid,omitempty"`
	UID   string  `json:"uid,omitempty"`
	Field string  `json:"field,omitempty"`
	Old   *string `json:"old,omitempty"`
	New   *string `json:"new,omitempty"`
	Late  bool    `json:"late,omitempty"` // after the connection was given up
}

type history struct {
	mu     sync.Mutex
	events []*Event
	tick   int64
	limit  int
}

func (h *history) begin(r *http.Request, q request, at time.Time) *Event {
	key := ""
	if q.key != nil {
		key = cast(q.key)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tick++
	ev := &Event{
		Seq: len(h.events) + 1, Begin: h.tick, At: at, Verb: r.Method, Path: r.URL.Path, Query: masked(r.URL.RawQuery, key),
		Headers: r.Header.Clone(), Action: q.name(), Version: q.version, Write: q.write(),
		KeyInURL:  strings.Contains(strings.ToLower(r.URL.RawQuery), "apikey") || key != "" && strings.Contains(r.URL.String(), key),
		KeyInBody: key != "" && bytes.Contains(q.body, []byte(key)), Body: masked(h.kept(q.body), key),
	}
	if q.login != nil {
		ev.Login = cast(q.login)
	}
	ev.Headers.Del("Apikey")
	h.events = append(h.events, ev)
	return ev
}

// broken records a request whose body could not be read.
func (h *history) broken(r *http.Request, at time.Time) {
	ev := h.begin(r, request{}, at)
	h.end(ev, answer{raw: []byte{}, status: http.StatusBadRequest}, "", false)
}

func (h *history) kept(b []byte) string {
	switch {
	case h.limit < 0:
		return ""
	case len(b) > h.limit:
		return string(b[:h.limit])
	default:
		return string(b)
	}
}

func masked(s, key string) string {
	if key == "" {
		return s
	}
	return strings.ReplaceAll(s, key, "***")
}

func (h *history) end(ev *Event, a answer, fault string, dropped bool) {
	body := a.body()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tick++
	ev.End, ev.Fault = h.tick, fault
	if !dropped {
		ev.Status, ev.Answer = a.code(), h.kept(body)
	}
}

// left notes that the client did not wait for the answer.
func (h *history) left(ev *Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ev.End == 0 {
		h.tick++
		ev.Left = h.tick
	}
}

func (h *history) unmodelled(ev *Event, what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev.Unmodelled = what
}

func (h *history) effect(ev *Event, e Effect) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev.Effects = append(ev.Effects, e)
}

// History returns a copy of the events so far, in the order of arrival.
func (s *Server) History() []Event {
	s.hist.mu.Lock()
	defer s.hist.mu.Unlock()
	events := make([]Event, len(s.hist.events))
	for i, ev := range s.hist.events {
		events[i] = *ev
		events[i].Effects = slices.Clone(ev.Effects)
	}
	return events
}

// HistoryTo writes the events as JSON lines. The error is the writer's.
func (s *Server) HistoryTo(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, ev := range s.History() {
		if err := enc.Encode(ev); err != nil {
			return fmt.Errorf("write history: %w", err)
		}
	}
	return nil
}

// ForgetHistory drops the events so far; requests under way are no longer
// shown.
func (s *Server) ForgetHistory() {
	s.hist.mu.Lock()
	defer s.hist.mu.Unlock()
	s.hist.events = nil
}
