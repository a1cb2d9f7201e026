package engine

import (
	"context"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// AdoptLater is the field of a choice that lets a record wait for a later
// adoption: runs hold it until somebody decides.
const AdoptLater = "adopt"

// AdoptClient is a client of the CRM as adoption weighs it, and what people need
// to know it again.
type AdoptClient struct {
	Entry reconcile.Entry
	// as the CRM shows them
	Title, INN, KPP, Phones, Mails, Owner string
}

// Adoption is the export held against the CRM: what a person decides about before
// a job links and adds in bulk. It is held in memory whole.
type Adoption struct {
	Snapshot Snapshot
	// Samples are the first records, to look at how keys become uids.
	Samples []AdoptRecord
	// Records are linked to no client, and nobody has decided about them. They
	// stand in the order of the source.
	Records []AdoptRecord
	// Clients are those of the CRM, by clid.
	Clients map[int64]*AdoptClient
	// Owners are the records, as job/uid, that clients are linked to already.
	Owners map[int64]string
	// Known tells, of uids met in the source that are not in Records, why not.
	Known map[string]AdoptKnown

	Linked    int64 // records that are linked already
	Decided   int64 // and such that a decision waits to be carried out for
	LeftOut   int64 // rows out of scope or marked deleted
	Rejected  int64 // rows that are no records, or that the CRM refuses
	Twice     int64 // records whose key stands in two different rows
	InDoubt   int64 // records whose last write is not proven
	Strangers int64 // clients without uid that no record is proposed to be linked to
	Adopted   bool  // an adoption was signed off before
}

// AdoptKnown says why a record of the source is nothing to decide about.
type AdoptKnown uint8

// The reasons.
const (
	AdoptLinked AdoptKnown = iota + 1
	AdoptDecided
	AdoptUnusable // rejected, refused, twice, or in doubt
)

// AdoptRecord is a record of the source with what adoption proposes.
type AdoptRecord struct {
	UID, Key string
	Values   []record.Value // by schema position
	CLID     int64          // the client that the source itself names; 0 = none
	Keys     reconcile.Keys
	Origin   record.Origin
	Waits    bool  // an earlier adoption has left it for later
	Exists   int64 // the CRM has answered that this client is the same: it adds none
	Match    AdoptMatch
}

// adoptSamples is how many records show how keys become uids.
const adoptSamples = 5

// Adopt reads both sides to their ends and proposes, for every record that is
// linked to nobody, what to do. It sends nothing and stores nothing. clients
// yields every client of the CRM, those in the trash included.
func (e *Engine) Adopt(ctx context.Context, clients func(context.Context, func(AdoptClient) error) error) (*Adoption, error) {
	standing, err := e.Log.Standing(ctx)
	if err != nil {
		return nil, err
	}
	if was := standing.Identity; standing.Links > 0 && was != "" && was != e.cfg.Identity {
		return nil, &FrozenError{Was: was, Now: e.cfg.Identity, Links: standing.Links}
	}
	g := &gathering{
		Engine: e, standing: standing, at: map[string]met{}, linked: map[record.Fingerprint]bool{}, open: map[string]bool{},
		Adoption: &Adoption{
			Clients: map[int64]*AdoptClient{}, Owners: map[int64]string{}, Known: map[string]AdoptKnown{}, Adopted: standing.Adopted,
		},
	}
	if err := g.readState(ctx); err != nil {
		return nil, err
	}
	if err := clients(ctx, func(c AdoptClient) error {
		g.Clients[c.Entry.CLID] = &c
		e.cfg.Observe(Event{Stage: StageMirror, Done: int64(len(g.Clients))})
		return nil
	}); err != nil {
		return nil, &CRMError{Err: err}
	}
	if err := g.readOwners(ctx); err != nil {
		return nil, err
	}
	if err := g.readRecords(ctx); err != nil {
		return nil, err
	}
	g.propose(e.cfg.FoldUID)
	return g.Adoption, nil
}

// gathering collects an adoption.
type gathering struct {
	*Engine
	*Adoption
	standing Standing
	linked   map[record.Fingerprint]bool // by folded uid
	open     map[string]bool             // by folded uid
	at       map[string]met              // by folded uid
}

// met is a record that the source showed.
type met struct {
	source record.Fingerprint
	at     int // in Records; -1 = it is not there
	twice  bool
}

func (g *gathering) readState(ctx context.Context) error {
	if err := g.Ledger.Seen(ctx, func(s Seen) error {
		g.linked[s.UID] = true
		return nil
	}); err != nil {
		return err
	}
	ops, err := g.Journal.Open(ctx)
	for _, op := range ops {
		g.open[g.cfg.FoldUID(op.UID)] = true
	}
	return err
}

func (g *gathering) readOwners(ctx context.Context) error {
	clids := make([]int64, 0, len(g.Clients))
	for clid := range g.Clients {
		clids = append(clids, clid)
	}
	holders, err := g.Ledger.Holders(ctx, clids)
	for clid, h := range holders {
		g.Owners[clid] = h.Owner
	}
	return err
}

func (g *gathering) readRecords(ctx context.Context) error {
	rows := int64(0)
	var err error
	g.Snapshot, err = g.Source.Read(ctx, Known{}, func(batch []Incoming) error {
		for i := range batch {
			g.take(&batch[i])
			rows += int64(max(1, batch[i].Rows))
		}
		g.cfg.Observe(Event{Stage: StageRead, Done: rows})
		return nil
	})
	if err != nil {
		return err
	}
	for i := range g.standing.Backlog { // of files that were read and put away
		rec := &g.standing.Backlog[i]
		if _, newer := g.at[g.cfg.FoldUID(rec.UID)]; !newer {
			source, _ := rec.Fingerprint(nil)
			g.take(&Incoming{Kind: InRecord, Origin: rec.Origin, Record: rec, Source: source})
		}
	}
	list := g.Records[:0]
	for _, r := range g.Records {
		if !g.at[g.cfg.FoldUID(r.UID)].twice {
			list = append(list, r)
		}
	}
	g.Records = list
	return nil
}

// take books one row.
func (g *gathering) take(in *Incoming) {
	switch in.Kind {
	case InSkipped, InKnown: // nothing is known to the source that was asked nothing
		return
	case InRejected:
		g.Rejected++
		if in.Record != nil && in.Record.UID != "" {
			g.Known[in.Record.UID] = AdoptUnusable
		}
		return
	case InOutOfScope:
		g.LeftOut++
		return
	case InRecord:
	}
	rec := in.Record
	uid := g.cfg.FoldUID(rec.UID)
	if m, again := g.at[uid]; again {
		if m.source != in.Source && !m.twice {
			m.twice = true
			g.at[uid] = m
			g.Twice++
			g.Known[rec.UID] = AdoptUnusable
		}
		return
	}
	one := AdoptRecord{
		UID: rec.UID, Key: rec.Key, CLID: rec.CLID, Origin: in.Origin,
		Values: append([]record.Value(nil), rec.Values...),
	}
	if len(g.Samples) < adoptSamples {
		g.Samples = append(g.Samples, one)
	}
	m := met{source: in.Source, at: -1}
	if g.undecided(&one, rec) {
		m.at = len(g.Records)
		one.Keys = g.cfg.Keys(one.Values)
		g.Records = append(g.Records, one)
	}
	g.at[uid] = m
}

// undecided reports whether a person has to decide about a record, and counts it
// where not.
func (g *gathering) undecided(one *AdoptRecord, rec *record.Record) bool {
	known := func(why AdoptKnown, count *int64) bool {
		g.Known[rec.UID] = why
		*count++
		return false
	}
	_, refused := g.standing.Refused[rec.UID]
	switch {
	case g.linked[record.FingerprintOf(g.cfg.FoldUID(rec.UID))]:
		return known(AdoptLinked, &g.Linked)
	case rec.Deleted:
		g.LeftOut++
		return false
	case g.open[g.cfg.FoldUID(rec.UID)]:
		return known(AdoptUnusable, &g.InDoubt)
	case refused:
		return known(AdoptUnusable, &g.Rejected)
	}
	for _, c := range g.standing.Choices[rec.UID] {
		if c.Field != AdoptLater {
			return known(AdoptDecided, &g.Decided)
		}
		one.Waits = true
	}
	if h, held := g.standing.Holds[rec.UID]; held && h.Sticky {
		one.Exists = h.CLID
	}
	return true
}
