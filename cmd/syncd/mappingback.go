package main

import (
	"context"
	"fmt"
	"slices"

	"syncd/internal/engine"
	"syncd/internal/message"
)

// isBack reports whether the halts of a job stand for nothing but a change of the
// mapping that was taken back since.
func isBack(s *engine.Standing, p *jobParts) bool {
	return len(s.Halts) > 0 && s.Mapping == p.mapping.Fingerprint() &&
		!slices.ContainsFunc(s.Halts, func(h engine.Halt) bool { return h.Guard != engine.GuardMappingChanged })
}

// mappingBack ends the halt of a job whose mapping is again the one that was
// carried out last: there is nothing left to decide.
func (in *installation) mappingBack(ctx context.Context, p *jobParts) error {
	standing, err := p.state.Standing(ctx)
	if err != nil {
		return in.app.stateFault(err)
	}
	if !isBack(&standing, p) {
		return nil
	}
	if _, err := p.state.Resume(ctx, nil, p.mapping.Fingerprint()); err != nil {
		return in.app.stateFault(err)
	}
	_, _ = fmt.Fprintln(in.app.err, message.In(in.app.lang, message.GuardMappingBack, message.S("job", p.name)))
	return nil
}
