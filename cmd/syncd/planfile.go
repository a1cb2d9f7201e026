package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/newfile"
	"syncd/internal/record"
)

// A plan file holds the writes of one plan as JSON lines: a head, the writes, and
// an end that proves the file whole. `run --plan` carries out exactly these, and
// none whose record would come to another write by now. It holds people's data,
// so nobody but its owner may read it.

// planFormat counts up when the lines change their meaning.
const planFormat = 1

type planHead struct {
	Type    string    `json:"type"` // "syncd-plan"
	Format  int       `json:"format"`
	Job     string    `json:"job"`
	Mapping string    `json:"mapping"` // fingerprint of the mapping that made it
	Made    time.Time `json:"made"`
}

type planLine struct {
	Type   string `json:"type"` // "op"
	Digest string `json:"digest"`
	opJSON
}

type planEnd struct {
	Type string `json:"type"` // "end"
	Ops  int    `json:"ops"`
}

// planWriter writes a plan file beside its place, and puts it there at its end.
type planWriter struct {
	file *newfile.File
	out  *bufio.Writer
	json *json.Encoder
	job  string
	ops  int
}

func newPlanWriter(path string, p *jobParts, made time.Time) (*planWriter, error) {
	f, err := newfile.Create(path, newfile.Options{})
	if err != nil {
		return nil, err
	}
	w := &planWriter{file: f, out: bufio.NewWriter(f), job: p.name}
	w.json = json.NewEncoder(w.out)
	head := planHead{"syncd-plan", planFormat, p.name, p.mapping.Fingerprint().String(), made.UTC().Truncate(time.Second)}
	return w, w.json.Encode(head)
}

// op adds a write; one that would end as a hold is none.
func (w *planWriter) op(op *engine.Op, changes []engine.FieldChange) error {
	w.ops++
	return w.json.Encode(planLine{"op", engine.Digest(op).String(), opOf(w.job, op, changes)})
}

// finish proves the file whole and puts it in its place.
func (w *planWriter) finish() error {
	if err := w.json.Encode(planEnd{"end", w.ops}); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	return w.file.Commit()
}

// drop throws away a file that was not finished; after finish it does nothing.
func (w *planWriter) drop() { w.file.Drop() }

// plannedOps are the writes of a plan file.
type plannedOps struct {
	planHead
	digests map[string]record.Fingerprint // by uid
}

// errCutPlan: the file ends before its end.
var errCutPlan = errors.New("the file is cut off")

// readPlan reads a plan file to its proven end.
func readPlan(path string) (*plannedOps, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, badPlan(path, err)
	}
	defer func() { _ = f.Close() }()
	in := json.NewDecoder(bufio.NewReader(f))
	p := &plannedOps{digests: map[string]record.Fingerprint{}}
	if err := in.Decode(&p.planHead); err != nil {
		return nil, badPlan(path, err)
	}
	if p.Type != "syncd-plan" || p.Format != planFormat {
		return nil, badPlan(path, fmt.Errorf("type %q, format %d", p.Type, p.Format))
	}
	for n := 0; ; n++ {
		var line struct {
			Type, Digest, UID string
			Ops               int
		}
		switch err := in.Decode(&line); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, badPlan(path, errCutPlan)
		case err != nil:
			return nil, badPlan(path, err)
		case line.Type == "end" && line.Ops == n:
			return p, nil
		case line.Type != "op":
			return nil, badPlan(path, errCutPlan)
		}
		var print record.Fingerprint
		if err := print.Parse(line.Digest); err != nil {
			return nil, badPlan(path, err)
		}
		p.digests[line.UID] = print
	}
}

func badPlan(path string, err error) error {
	return fault(exitUsage, err, message.PlanUnreadable, message.S("file", path), message.S("cause", bareCause(err)))
}

// fits refuses a plan of another job or mapping.
func (p *plannedOps) fits(path string, j *jobParts) error {
	if p.Job != j.name {
		return fault(exitUsage, nil, message.PlanOtherJob, message.S("file", path), message.S("job", p.Job), message.S("other", j.name))
	}
	if p.Mapping != j.mapping.Fingerprint().String() {
		return fault(exitUsage, nil, message.PlanOtherMapping, message.S("file", path), message.S("job", j.name))
	}
	return nil
}

// takePlan reads a plan and lets the job go on with the mapping that made it: who
// carries a plan out has seen what the changed mapping comes to.
func (in *installation) takePlan(ctx context.Context, p *jobParts, path string) (map[string]record.Fingerprint, error) {
	plan, err := readPlan(path)
	if err != nil {
		return nil, err
	}
	if err := plan.fits(path, p); err != nil {
		return nil, err
	}
	standing, err := p.state.Standing(ctx)
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	for _, h := range standing.Halts {
		if h.Guard != engine.GuardMappingChanged {
			return plan.digests, nil // the run names it
		}
	}
	if standing.Mapping.IsZero() || standing.Mapping == p.mapping.Fingerprint() && len(standing.Halts) == 0 {
		return plan.digests, nil
	}
	_, err = p.state.Resume(ctx, map[string]int64{engine.GuardMappingChanged: 0}, p.mapping.Fingerprint())
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	return plan.digests, nil
}
