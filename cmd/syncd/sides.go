package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

// sidesWithin is how long a command that lists holds waits for the CRM.
const sidesWithin = 5 * time.Second

// crmSides reads, for holds that name a client which the run did not read, what
// the CRM has: people decide by comparing. A CRM that does not answer is told,
// and the holds stay as they are.
func (in *installation) crmSides(ctx context.Context, holds []*state.StandingHold) {
	if err := in.readSides(ctx, holds); err != nil {
		_, _ = fmt.Fprintf(in.app.err, in.app.say(phrase{
			"the CRM was not asked, its side is left out: %v\n", "CRM спросить не удалось, её сторона не показана: %v\n",
		}), err)
	}
}

func (in *installation) readSides(ctx context.Context, holds []*state.StandingHold) error {
	sides := map[string]*side{}
	defer func() {
		for _, s := range sides {
			s.close()
		}
	}()
	for _, h := range holds {
		if h.CLID == 0 || in.cfg.Jobs[h.Job] == nil || crmRead(&h.Hold) {
			continue
		}
		if sides[h.Job] == nil {
			s, err := in.side(ctx, h.Job)
			if err != nil {
				return err
			}
			sides[h.Job] = s
		}
		if err := sides[h.Job].fill(ctx, &h.Hold); err != nil {
			return err
		}
	}
	return nil
}

// crmRead reports whether the run that made a hold read the CRM's side: what such a
// hold lacks of it is blank there. A hold of values that the source side cannot take
// is made of what the CRM has.
func crmRead(h *engine.Hold) bool {
	return byField(h.Reason) || h.Reason == reconcile.ReasonUnwritable ||
		slices.ContainsFunc(h.Fields, func(f engine.HeldField) bool { return f.CRM != nil })
}

// side is the CRM as one job sees it.
type side struct {
	crm    *crmEnd
	schema *record.Schema
	close  func()
}

func (in *installation) side(ctx context.Context, job string) (*side, error) {
	m, err := in.mapping(job)
	if err != nil {
		return nil, err
	}
	s, err := in.stateOf(ctx, job)
	if err != nil {
		return nil, err
	}
	api, err := in.client(in.cfg.Jobs[job].CRM)
	if err != nil {
		return nil, err
	}
	end, err := in.crmEnd(ctx, job, m, api, s)
	if err != nil {
		api.Close()
		return nil, err
	}
	return &side{end, m.Schema(), api.Close}, nil
}

// fill adds the CRM's values to a hold. A client that is not shown any more
// leaves it as it is.
func (s *side) fill(ctx context.Context, h *engine.Hold) error {
	seen, err := s.crm.Read(ctx, h.CLID)
	if errors.Is(err, engine.ErrNotVisible) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, v := range seen.Values {
		if v.Blank() {
			continue
		}
		name, text := s.schema.Field(i).Name, v.Text
		at := slices.IndexFunc(h.Fields, func(f engine.HeldField) bool { return f.Field == name })
		if at < 0 {
			h.Fields = append(h.Fields, engine.HeldField{Field: name})
			at = len(h.Fields) - 1
		}
		h.Fields[at].CRM = &text
	}
	return nil
}
