package emulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"gopkg.in/yaml.v3"
)

// Phase is the moment at which a fault strikes.
type Phase string

// The phases of a request.
const (
	PhaseBefore Phase = "before" // nothing is done
	PhaseDuring Phase = "during" // records before the k-th are done
	PhaseAfter  Phase = "after"  // all is done, the answer goes wrong
	PhaseLate   Phase = "late"   // answered wrongly at once, done later
)

// Kind is what goes wrong.
type Kind string

// The kinds of faults. Those of the second group rework the true answer, so they
// need the phase "after".
const (
	KindDrop      Kind = "drop"     // the connection is lost without an answer
	KindHang      Kind = "hang"     // no answer until the client leaves
	KindFatal     Kind = "fatal"    // HTML of a PHP fatal error, status 200
	KindEmpty     Kind = "empty"    // status 200, no body
	KindDBDown    Kind = "dbdown"   // plain text of the lost database, status 200
	KindHTTP500   Kind = "http500"  // status 500, no body
	KindHTTP502   Kind = "http502"  // a proxy's HTML
	KindHTTP429   Kind = "http429"  // a proxy's refusal, without Retry-After
	KindRedirect  Kind = "redirect" // status 302 to a login page
	KindHTMLPage  Kind = "html"     // a maintenance page, status 200
	KindGarbage   Kind = "garbage"  // bytes that are no text
	KindUnauth    Kind = "unauthorised"
	KindSlow      Kind = "slow"      // the true answer after Delay
	KindWarning   Kind = "warning"   // a PHP warning before the JSON
	KindTrailing  Kind = "trailing"  // HTML after the JSON
	KindTruncated Kind = "truncated" // a shorter body, properly ended
	KindCut       Kind = "cut"       // the connection is lost in the middle of the body
	KindDrip      Kind = "drip"      // the body comes byte by byte, Delay apart
	KindEndless   Kind = "endless"   // blanks after the JSON until the client leaves
	KindShort     Kind = "short"     // the last element is missing
	KindLong      Kind = "long"      // the last element comes twice
	KindReorder   Kind = "reorder"   // the elements come in reverse
	KindCode500   Kind = "code500"   // error 500 beside the clid of what was created
)

// Fault is one line of a fault plan.
type Fault struct {
	Name string `json:"name" yaml:"name"` // for FaultsFired; "": fault-1, fault-2, …
	// Action matches the action ("add.list", "guides/category"); "": every one,
	// "write": those that change clients.
	Action string `json:"action,omitempty" yaml:"action"`
	// Contains, when not "", must stand in the request's body (of v1: in its
	// decoded parameters, lines "name=value").
	Contains string `json:"contains,omitempty" yaml:"contains"`
	// UID, when not "", must stand in the request's body as a JSON string (of v1:
	// be the value of a parameter); "during"
	// then strikes at the record that carries it.
	UID string `json:"uid,omitempty" yaml:"uid"`
	// Nth counts the matching requests from 1; 0: every one.
	Nth int `json:"nth,omitempty" yaml:"nth"`
	// Times bounds how often it strikes; 0: no bound.
	Times int   `json:"times,omitempty" yaml:"times"`
	Phase Phase `json:"phase" yaml:"phase"` // "": before, or after for kinds that need it
	Kind  Kind  `json:"kind" yaml:"kind"`
	// Record is the k of "during", from 1 (0: 1), and the element that "code500" spoils
	// (0: all of them).
	Record int `json:"record,omitempty" yaml:"record"`
	// Bytes is where "truncated" and "cut" end the body; 0: in the middle.
	Bytes int `json:"bytes,omitempty" yaml:"bytes"`
	// Delay is how long "slow" waits, the time between two bytes of "drip", and when a late commit happens; a late
	// commit with 0 waits for ReleaseLate.
	Delay Duration `json:"delay,omitempty" yaml:"delay"`
}

// Duration is a time.Duration written as text ("1.5s") in plans.
type Duration time.Duration

// UnmarshalText reads a duration such as "300ms".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("duration: %w", err)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes a duration such as "300ms".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (k Kind) reworks() bool {
	switch k {
	case KindSlow, KindWarning, KindTrailing, KindTruncated, KindCut, KindDrip, KindEndless, KindShort, KindLong, KindReorder,
		KindCode500:
		return true
	default:
		return false
	}
}

func (k Kind) known() bool {
	switch k {
	case KindDrop, KindHang, KindFatal, KindEmpty, KindDBDown, KindHTTP500, KindHTTP502, KindHTTP429, KindRedirect,
		KindHTMLPage, KindGarbage, KindUnauth:
		return true
	default:
		return k.reworks()
	}
}

func (f Fault) checked(number int) (Fault, error) {
	if f.Name == "" {
		f.Name = "fault-" + strconv.Itoa(number)
	}
	if f.Phase == "" {
		f.Phase = PhaseBefore
		if f.Kind.reworks() {
			f.Phase = PhaseAfter
		}
	}
	switch f.Phase {
	case PhaseBefore, PhaseDuring, PhaseAfter, PhaseLate:
	default:
		return f, fmt.Errorf("fault %s: unknown phase %q", f.Name, f.Phase)
	}
	if !f.Kind.known() {
		return f, fmt.Errorf("fault %s: unknown kind %q", f.Name, f.Kind)
	}
	if f.Kind.reworks() && f.Phase != PhaseAfter {
		return f, fmt.Errorf("fault %s: kind %q reworks the true answer and needs phase %q", f.Name, f.Kind, PhaseAfter)
	}
	if f.Nth < 0 || f.Times < 0 || f.Record < 0 || f.Bytes < 0 || f.Delay < 0 {
		return f, fmt.Errorf("fault %s: negative number", f.Name)
	}
	return f, nil
}

// ReadFaults reads a plan, a YAML or JSON list of faults. Unknown keys are
// errors.
func ReadFaults(r io.Reader) ([]Fault, error) {
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	var plan []Fault
	if err := dec.Decode(&plan); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("fault plan: %w", err)
	}
	for i, f := range plan {
		if _, err := f.checked(i + 1); err != nil {
			return nil, fmt.Errorf("fault plan, entry %d: %w", i+1, err)
		}
	}
	return plan, nil
}

// faultPlan holds the faults and how often each matched and fired.
type faultPlan struct {
	mu     sync.Mutex
	faults []Fault
	seen   []int
	fired  []int
}

// Faults replaces the plan. The first fault that matches a request strikes.
func (s *Server) Faults(plan ...Fault) error {
	faults := make([]Fault, len(plan))
	names := map[string]bool{}
	for i, f := range plan {
		f, err := f.checked(i + 1)
		if err != nil {
			return err
		}
		if names[f.Name] {
			return fmt.Errorf("fault %s: the name is taken", f.Name)
		}
		names[f.Name] = true
		faults[i] = f
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults, s.faults.seen, s.faults.fired = faults, make([]int, len(faults)), make([]int, len(faults))
	return nil
}

// FaultsFired tells how often each fault of the plan struck; those that never
// did are there with 0.
func (s *Server) FaultsFired() map[string]int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	fired := map[string]int{}
	for i, f := range s.faults.faults {
		fired[f.Name] = s.faults.fired[i]
	}
	return fired
}

// match counts a request against every fault and returns the one that strikes,
// nil for none.
func (p *faultPlan) match(q request) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var hit *Fault
	for i := range p.faults {
		f := &p.faults[i]
		if f.Action != "" && f.Action != q.name() && (f.Action != "write" || !q.write()) {
			continue
		}
		if !f.meant(q) {
			continue
		}
		p.seen[i]++
		if hit != nil || f.Nth > 0 && p.seen[i] != f.Nth || f.Times > 0 && p.fired[i] >= f.Times {
			continue
		}
		p.fired[i]++
		struck := *f
		hit = &struck
	}
	return hit
}

// meant looks into the request. Of v1 the decoded parameters count, as lines
// "name=value".
func (f *Fault) meant(q request) bool {
	if q.version == "v1" {
		return strings.Contains(q.plain, f.Contains) && (f.UID == "" || strings.Contains(q.plain, "="+f.UID+"\n"))
	}
	return strings.Contains(string(q.body), f.Contains) && (f.UID == "" || strings.Contains(string(q.body), `"`+f.UID+`"`))
}

// respond answers a call that a fault struck.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, c *call, f *Fault, a answer) {
	if f.Phase == PhaseDuring && !a.interrupted {
		// The request had no k-th record: the fault did not come to pass.
		s.faults.unfired(f)
		s.finish(c, a, "", false)
		a.write(w)
		return
	}
	switch f.Kind {
	case KindDrop:
		s.finish(c, answer{raw: []byte{}}, f.Name, true)
		panic(http.ErrAbortHandler)
	case KindHang:
		<-r.Context().Done()
		s.finish(c, answer{raw: []byte{}}, f.Name, true)
		panic(http.ErrAbortHandler)
	case KindSlow:
		timer := time.NewTimer(time.Duration(f.Delay))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	case KindDrip, KindEndless:
		f.stream(r.Context(), w, a)
		s.finish(c, a, f.Name, true)
		return
	case KindCut:
		f.cut(w, a)
		s.finish(c, a, f.Name, true)
		panic(http.ErrAbortHandler)
	default:
		a = c.dressed(f.spoil(a))
		if f.Kind == KindUnauth && c.req.version == "v1" {
			a.value = failureV1(401, "Неизвестный пользователь")
		}
	}
	s.finish(c, a, f.Name, false)
	a.write(w)
}

// hits tells whether "during" strikes at the k-th record, which carries uid.
func (f *Fault) hits(k int, uid string) bool {
	if f.UID != "" {
		return uid == f.UID
	}
	return k == max(f.Record, 1)
}

func (p *faultPlan) unfired(f *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.faults {
		if p.faults[i].Name == f.Name {
			p.fired[i]--
		}
	}
}
