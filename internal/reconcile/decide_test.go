package reconcile_test

import (
	"testing"

	. "syncd/internal/reconcile" //nolint:revive // the tables speak the words of the design, without a prefix
	"syncd/internal/record"
)

// TestDecide is the decision table of the design, row by row, and after each
// row what the field policies make of it.
func TestDecide(t *testing.T) {
	t.Parallel()
	stranger := with(pair(fresh, freshSame), link(Unlinked), noBases, crm(CRMNone))
	lost := func(cells ...cell) Situation { return with(pair(cells...), link(LostLink), noBases) }
	dead := func(cells ...cell) Situation { return with(pair(cells...), link(Tombstone), crm(CRMGone)) }

	tests := []struct {
		name string
		p    Policy
		s    Situation
		want string
	}{
		{"no link, present, unknown in the CRM: add", job(), stranger, "add add; crm phone >b add; crm title >b add"},
		{"… blank and absent cells are not sent", job(), with(pair(freshCRM, srcAbsent), link(Unlinked), crm(CRMNone)), "add add"},
		{"… an add carries every owner and `when`", job(ofCRM, addOnly), stranger, "add add; crm phone >b add; crm phone >b add"},
		{"… a pull job creates nothing", pull(), stranger, "ignore pull-only"},
		{"… the CRM was not asked", job(), with(stranger, crm(CRMUnread)), "nothing unknown-in-crm; needs crm"},
		{"no link, present, carried or matched: Meet, which has no evidence here", job(), with(stranger, crm(CRMPresent)), "hold match-weak"},
		{"no link, present, the match is in the trash", job(), with(stranger, crm(CRMTrashed)), "hold trashed"},
		{"no link, present, the match is hidden", job(), with(stranger, crm(CRMHidden)), "hold hidden"},
		{"no link, out of scope", job(), with(stranger, src(SourceOutOfScope)), "ignore out-of-scope"},
		{"no link, marked deleted", job(), with(stranger, src(SourceDeleted)), "ignore never-linked"},
		{"no link, absent", job(), with(stranger, src(SourceAbsent)), "ignore never-linked"},

		{"unchanged on both sides", job(), pair(still, still), "nothing unchanged"},
		{"… the CRM not read", job(), with(pair(still, still), unread), "nothing unchanged"},
		{"… the CRM's own spelling is no edit", job(), pair(rewritten, still), "nothing unchanged"},
		{"… a column that is not delivered is no change", job(), pair(srcAbsent, still), "nothing unchanged"},
		{"… an inactive CRM field is no difference", job(), pair(cell{"a", "a", "a", "?"}, still), "nothing unchanged"},
		{"… no bases of the CRM: as the source's", job(), with(pair(still), func(s *Situation) { s.CRMBase = nil }), "nothing unchanged"},

		{"source changed", job(), pair(srcMoved, still), "update source-changed; crm phone a>b source-changed"},
		{"… the CRM not read", job(), with(pair(srcMoved, still), unread), "update source-changed; crm phone a>b source-changed"},
		{"… several fields, in schema order", job(), pair(srcMoved, srcMoved), "update source-changed; crm phone a>b source-changed; crm title a>b source-changed"},
		{"… a pull job leaves it", pull(), pair(srcMoved, still), "nothing source-edit-left; keep phone b|a source-edit-left"},
		{"… the CRM's field belongs to the CRM", job(ofCRM), pair(srcMoved), "nothing owner-crm; settle phone; keep phone b|a owner-crm"},
		{"… an add-only field is never updated", job(addOnly), pair(srcMoved), "nothing add-only; settle phone; keep phone b|a add-only"},
		{"… went blank: nothing is cleared", job(), pair(srcBlank, still), "nothing blank-kept; settle phone; keep phone |a blank-kept"},
		{"… went blank, on_empty: clear", job(clearing), pair(srcBlank), "update cleared; crm phone a> cleared"},
		{"… clear needs a cell that was filled", job(clearing), pair(cell{"", "", "", "c"}), "nothing crm-edit-left; keep phone |c crm-edit-left"},
		{"… blank on both sides now", job(), pair(bothBlank), "nothing same-change; settle phone"},

		{"source changed what nothing can change there: hold", job(fixed), pair(srcMoved), "hold unchangeable; keep phone b|a fixed; dispute phone"},
		{"… the CRM not read: somebody may have done it by hand", job(fixed), with(pair(srcMoved), unread), "nothing unchanged; needs crm"},
		{"… and somebody has", job(fixed), pair(sameMove), "nothing same-change; settle phone"},
		{"… beside a field that could go: the record waits as a whole", job(fixed, title), pair(srcMoved, srcMoved), "hold unchangeable; keep phone b|a fixed; dispute phone"},
		{"… and a conflict beside it", job(fixed, title), pair(srcMoved, bothMoved), "hold conflict; keep phone b|a fixed; keep title b|c conflict; dispute phone; dispute title"},
		{"… the source wins conflicts: not here", conflicts(TakeSource, job(fixed)), pair(bothMoved), "hold unchangeable; keep phone b|c fixed; dispute phone"},
		{"… the CRM wins conflicts", conflicts(TakeCRM, job(fixed)), pair(bothMoved), "nothing conflict-crm; settle phone; keep phone b|c conflict-crm"},
		{"… a person leaves the CRM's", job(fixed), with(pair(srcMoved), choose(Choice{Field: -1, Take: TakeCRM})), "nothing chosen-crm; settle phone; keep phone b|a chosen-crm"},
		{"… a person cannot have the source's", job(fixed), with(pair(srcMoved), choose(Choice{Field: 0, Take: TakeSource})), "hold unchangeable; keep phone b|a fixed; dispute phone"},
		{"… a pull job leaves it", pull(fixed), pair(srcMoved), "nothing source-edit-left; keep phone b|a source-edit-left"},
		{"… went blank: nothing to change", job(fixed), pair(srcBlank), "nothing blank-kept; settle phone; keep phone |a blank-kept"},
		{"… the CRM's edit goes back all the same", both(fixed), pair(crmMoved), "write back crm-changed; source phone a>c crm-changed"},

		{"what the add left to be done is done", job(later), pair(cell{"", "b", "", ""}), "update source-changed; crm phone >b source-changed"},
		{"… and nothing can mend it", job(spoilt), pair(cell{"", "b", "", "c"}), "hold unchangeable; keep phone b|c fixed; dispute phone"},
		{"… nor is it there at all", job(spoilt), pair(cell{"", "b", "", ""}), "hold unchangeable; keep phone b| fixed; dispute phone"},
		{"… a person leaves it without", job(spoilt), with(pair(cell{"", "b", "", ""}), choose(Choice{Field: -1, Take: TakeCRM})), "nothing chosen-crm; settle phone; keep phone b| chosen-crm"},

		{"CRM changed, both ways", both(), pair(crmMoved, still), "write back crm-changed; source phone a>c crm-changed"},
		{"… cleared there", both(), pair(crmBlank, still), "write back crm-changed; source phone a> crm-changed"},
		{"… pull", pull(), pair(crmMoved, still), "write back crm-changed; source phone a>c crm-changed"},
		{"… push leaves it, and the base too", job(), pair(crmMoved, still), "nothing crm-edit-left; keep phone a|c crm-edit-left"},
		{"… the source's field is set back", both(ofSource), pair(crmMoved), "update owner-source; crm phone c>a owner-source lost c"},
		{"… the source's field, blank there, is not wiped", job(ofSource), pair(cell{"", "", "", "c"}), "nothing blank-kept; keep phone |c blank-kept"},
		{"… the source's field, clearing, that was never filled", job(record.Field{Name: "phone", Owner: record.OwnerSource, Clear: true}), pair(cell{"", "", "", "c"}), "nothing blank-kept; keep phone |c blank-kept"},
		{"… the source's field, add-only", job(record.Field{Name: "phone", Owner: record.OwnerSource, AddOnly: true}), pair(crmMoved), "nothing add-only; settle phone; keep phone a|c add-only"},
		{"… the source's field in a pull job", pull(ofSource), pair(crmMoved), "nothing owner-source; keep phone a|c owner-source"},
		{"… the CRM's field goes back", both(ofCRM), pair(crmMoved), "write back crm-changed; source phone a>c crm-changed"},
		{"… the CRM's field in a push job settles", job(ofCRM), pair(crmMoved), "nothing owner-crm; settle phone; keep phone a|c owner-crm"},
		{"… the record was not in this read", both(), with(pair(crmMoved, still), src(SourceNone)), "write back crm-changed; source phone a>c crm-changed"},
		{"… while the source went blank", both(), pair(cell{"a", "", "a", "c"}), "write back crm-changed; source phone >c crm-changed"},

		{"both changed, other fields", both(), pair(srcMoved, crmMoved), "update merged; crm phone a>b source-changed; source title a>c crm-changed"},
		{"both changed, same value: settle, no write", both(), pair(sameMove, still), "nothing same-change; settle phone"},
		{"… and another settles otherwise", job(), pair(sameMove, freshSame), "nothing settled; settle phone; settle title"},
		{"both changed, same field: hold", both(), pair(bothMoved, srcMoved), "hold conflict; keep phone b|c conflict; dispute phone"},
		{"… conflicts: source", conflicts(TakeSource, both()), pair(bothMoved, still), "update conflict-source; crm phone c>b conflict-source lost c"},
		{"… conflicts: crm", conflicts(TakeCRM, both()), pair(bothMoved, still), "write back conflict-crm; source phone b>c conflict-crm lost b; settle phone"},
		{"… push: hold", job(), pair(bothMoved, still), "hold conflict; keep phone b|c conflict; dispute phone"},
		{"… push: source", conflicts(TakeSource, job()), pair(bothMoved, still), "update conflict-source; crm phone c>b conflict-source lost c"},
		{"… push: crm", conflicts(TakeCRM, job()), pair(bothMoved, still), "nothing conflict-crm; settle phone; keep phone b|c conflict-crm"},
		{"… push, another field edited there: left alone", job(), pair(srcMoved, crmMoved), "update source-changed; crm phone a>b source-changed; keep title a|c crm-edit-left"},
		{"… pull: source stays", conflicts(TakeSource, pull()), pair(bothMoved, still), "nothing conflict-source; settle phone; keep phone b|c conflict-source"},
		{"… the source's field", job(ofSource), pair(bothMoved), "update owner-source; crm phone c>b owner-source lost c"},
		{"… the CRM's field", both(ofCRM), pair(bothMoved), "write back owner-crm; source phone b>c owner-crm lost b; settle phone"},
		{"… an add-only field", job(addOnly), pair(bothMoved), "nothing add-only; settle phone; keep phone b|c add-only"},
		{"… cleared against edited", job(clearing), pair(cell{"a", "", "a", "c"}), "hold conflict; keep phone |c conflict; dispute phone"},

		{"out of scope: keep", job(), with(pair(bothMoved), src(SourceOutOfScope)), "ignore out-of-scope"},
		{"out of scope: delete", outOfScope(Delete, job()), with(pair(still), src(SourceOutOfScope)), "remove scope-deleted"},
		{"… edited in the CRM", outOfScope(Delete, job()), with(pair(crmMoved), src(SourceOutOfScope)), "hold absent-but-edited; dispute phone"},

		{"marked deleted: keep", job(), with(pair(still), src(SourceDeleted)), "ignore absent-kept"},
		{"marked deleted: delete", onAbsent(Delete, job()), with(pair(still), src(SourceDeleted)), "remove absent-deleted"},
		{"absent: keep", job(), with(pair(still), src(SourceAbsent)), "ignore absent-kept"},
		{"absent: set", onAbsent(Set, job(), "?", "z"), with(pair(still, still), src(SourceAbsent)), "update absent-set; crm title a>z absent-set"},
		{"… set already", onAbsent(Set, job(), "?", "z"), with(pair(still, cell{"z", "?", "z", "Z"}), src(SourceAbsent)), "ignore absent-set"},
		{"… set, the CRM not read", onAbsent(Set, job(), "?", "z"), with(pair(still, still), src(SourceAbsent), unread), "update absent-set; crm title a>z absent-set; needs crm"},
		{"absent: delete", onAbsent(Delete, job()), with(pair(still), src(SourceAbsent)), "remove absent-deleted"},
		{"… the CRM not read", onAbsent(Delete, job()), with(pair(still), src(SourceAbsent), unread), "remove absent-deleted; needs crm"},
		{"… a pull job deletes nothing", onAbsent(Delete, pull()), with(pair(still), src(SourceAbsent)), "ignore absent-kept"},
		{"absent: ask", onAbsent(Ask, job()), with(pair(still), src(SourceAbsent)), "hold payment-gone"},
		{"… marked deleted", onAbsent(Ask, job()), with(pair(still), src(SourceDeleted)), "hold payment-gone"},
		{"… out of scope is not gone", onAbsent(Ask, job()), with(pair(still), src(SourceOutOfScope)), "ignore out-of-scope"},
		{"… a person leaves it in the CRM", onAbsent(Ask, job()), with(pair(still), src(SourceAbsent), choose(Choice{Field: -1, Take: TakeCRM})), "close absent-kept"},
		{"… a pull job never wrote it", onAbsent(Ask, pull()), with(pair(still), src(SourceAbsent)), "ignore absent-kept"},
		{"absent, edited in the CRM: the edit survives", onAbsent(Delete, job()), with(pair(still, crmMoved), src(SourceAbsent)), "hold absent-but-edited; dispute title"},
		{"… take source", onAbsent(Delete, job()), with(pair(crmMoved), src(SourceAbsent), choose(Choice{Field: -1, Take: TakeSource})), "remove absent-deleted"},
		{"… take source, set", onAbsent(Set, job(), "?", "z"), with(pair(crmMoved, still), src(SourceAbsent), choose(Choice{Field: -1, Take: TakeSource})), "update absent-set; crm title a>z absent-set; settle phone"},
		{"… take source, keep", job(), with(pair(crmMoved), src(SourceAbsent), choose(Choice{Field: -1, Take: TakeSource})), "ignore absent-kept; settle phone"},
		{"… take crm", onAbsent(Delete, job()), with(pair(crmMoved), src(SourceAbsent), choose(Choice{Field: -1, Take: TakeCRM})), "ignore absent-kept"},
		{"… an edit still on offer", onAbsent(Delete, both()), with(pair(still), src(SourceAbsent), unread, offered("c")), "hold absent-but-edited; dispute phone"},
		{"… a newly mapped field is no edit", onAbsent(Delete, job()), with(pair(freshCRM), src(SourceAbsent)), "remove absent-deleted"},
		{"absent, gone in the CRM: the link closes", job(), with(pair(still), src(SourceAbsent), crm(CRMGone)), "close both-gone"},

		{"unchanged, gone in the CRM: a tombstone", job(), with(pair(still), crm(CRMGone)), "bury crm-gone"},
		{"… recreate", recreating(job()), with(pair(still), crm(CRMGone)), "add recreated; crm phone >a recreated"},
		{"changed, gone in the CRM", recreating(job()), with(pair(srcMoved), crm(CRMGone)), "hold crm-gone; dispute phone"},
		{"… take source", job(), with(pair(srcMoved), crm(CRMGone), choose(Choice{Field: -1, Take: TakeSource})), "add recreated; crm phone >b recreated"},
		{"… take crm", job(), with(pair(srcMoved), crm(CRMGone), choose(Choice{Field: -1, Take: TakeCRM})), "bury crm-gone; settle phone"},
		{"… take crm beats recreate", recreating(job()), with(pair(still), crm(CRMGone), choose(Choice{Field: -1, Take: TakeCRM})), "bury crm-gone"},
		{"… a pull job recreates nothing", recreating(pull()), with(pair(still), crm(CRMGone)), "bury crm-gone"},
		{"not seen in the CRM, not confirmed gone", job(), with(pair(srcMoved), crm(CRMNone)), "ignore crm-missing"},
		{"a tombstone stays", job(), dead(still), "ignore tombstone"},
		{"… and its source moved on", job(), dead(srcMoved), "hold crm-gone; dispute phone"},
		{"… recreate", recreating(job()), dead(still), "add recreated; crm phone >a recreated"},
		{"… absent in the source too", job(), with(dead(still), src(SourceAbsent)), "close both-gone"},
		{"… it is back in the CRM", job(), with(dead(srcMoved), crm(CRMPresent)), "update source-changed; crm phone a>b source-changed"},

		{"in the CRM's trash: nothing is pushed", job(), with(pair(srcMoved), crm(CRMTrashed)), "ignore trashed"},
		{"… absent in the source", onAbsent(Delete, job()), with(pair(still), src(SourceAbsent), crm(CRMTrashed)), "ignore trashed"},
		{"several carry our uid", job(), with(pair(srcMoved), crm(CRMTwice)), "hold uid-twice"},
		{"… even when the record is new", job(), with(stranger, crm(CRMTwice)), "hold uid-twice"},
		{"linked, hidden", job(), with(pair(srcMoved), crm(CRMHidden)), "hold hidden"},

		{"link lost: equal fields settle", job(), lost(freshSame, freshSame), "link relinked; settle phone; settle title"},
		{"… blank in the CRM: filled", job(), lost(fresh, freshSame), "link relinked; crm phone >b filled; settle title"},
		{"… blank in the source: stays", job(), lost(freshCRM), "link relinked; settle phone; keep phone |c crm-only"},
		{"… different: no-base, whatever on_match says", onMatch(TakeCRM, job()), lost(freshDiff, freshSame), "hold no-base; keep phone b|c no-base; dispute phone"},
		{"… take crm", job(), with(lost(freshDiff), choose(Choice{Field: -1, Take: TakeCRM})), "link relinked; settle phone; keep phone b|c chosen-crm"},
		{"… take source", job(), with(lost(freshDiff), choose(Choice{Field: 0, Take: TakeSource})), "link relinked; crm phone c>b chosen-source lost c"},
		{"… old bases are not trusted", job(), with(pair(bothMoved), link(LostLink)), "hold no-base; keep phone b|c no-base; dispute phone"},
		{"… nor are old offers", exporting(both()), with(pair(freshCRM), link(LostLink), offered("c")), "link relinked; source phone >c exported-on-link; settle phone"},
		{"… the source's field", job(ofSource), lost(freshDiff), "link relinked; crm phone c>b owner-source lost c"},
		{"… the CRM not read", job(), with(lost(freshDiff), unread), "nothing unknown-in-crm; needs crm"},

		{"born in the CRM: ignore", both(), with(pair(freshCRM), link(Unlinked), src(SourceNone)), "ignore crm-born"},
		{"born in the CRM: export", exporting(both()), with(pair(freshCRM, fresh), link(Unlinked), src(SourceNone)), "write back crm-born; source phone >c crm-born"},
		{"born in the CRM: a push job never exports", exporting(job()), with(pair(freshCRM), link(Unlinked), src(SourceNone)), "ignore crm-born"},

		{"unreadable row", job(), with(pair(still), src(SourceUnreadable)), "hold unreadable"},
		{"unreadable row, trashed", job(), with(pair(still), src(SourceUnreadable), crm(CRMTrashed)), "hold unreadable"},

		{"newly mapped, a column that is not delivered: nothing to ask for", exporting(both()), with(pair(cell{"?", "?", "?", "?"}, still), unread), "nothing unchanged"},
		{"newly mapped, the CRM not read", job(), with(pair(fresh, still), unread), "nothing unchanged; needs crm"},
		{"… blank in the source: nothing to ask for", job(), with(pair(freshCRM, still), unread), "nothing unchanged"},
		{"… blank in the CRM", job(), pair(fresh, still), "update new-field-filled; crm phone >b new-field-filled"},
		{"… blank in the source", job(), pair(freshCRM, still), "nothing crm-only; settle phone; keep phone |c crm-only"},
		{"… equal", job(), pair(freshSame, still), "nothing same-value; settle phone"},
		{"… different, on_match: hold", job(), pair(freshDiff, still), "hold conflict; keep phone b|c on-match; dispute phone"},
		{"… different, on_match: crm", onMatch(TakeCRM, job()), pair(freshDiff, still), "nothing on-match-crm; settle phone; keep phone b|c on-match-crm"},
		{"… different, on_match: source", onMatch(TakeSource, job()), pair(freshDiff, still), "update on-match-source; crm phone c>b on-match-source lost c"},
		{"… add-only", job(addOnly), pair(fresh), "nothing add-only; settle phone; keep phone b| add-only"},
		{"… inactive in the CRM", job(), pair(cell{"?", "b", "?", "?"}), "nothing unchanged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, tt.want, say(tt.p, Decide(tt.p, tt.s)))
		})
	}
}

// TestDecide_offers: what was written back is an offer until the source shows it.
func TestDecide_offers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    Policy
		s    Situation
		want string
	}{
		{"the export shows the old value: wait, and push nothing", both(phone), with(pair(crmMoved), offered("c")), "nothing pending-waits; keep phone a|c pending-waits"},
		{"… the CRM not read", both(phone), with(pair(crmMoved), offered("c"), unread), "nothing pending-waits; keep phone a|c pending-waits"},
		{"… the row is not in this read", both(phone), with(pair(crmMoved), offered("c"), src(SourceNone)), "nothing pending-waits; keep phone a|c pending-waits"},
		{"a newer CRM value replaces the offer", both(phone), with(pair(cell{"a", "a", "a", "d"}), offered("c")), "write back crm-changed; source phone a>d crm-changed"},
		{"… also when the CRM went back", both(phone), with(pair(still), offered("c")), "write back crm-changed; source phone a>a crm-changed"},
		{"the offered value settles it", both(phone), with(pair(cell{"a", "C", "a", "c"}), offered("c")), "nothing pending-taken; settle phone"},
		{"… the CRM not read", both(phone), with(pair(cell{"a", "c", "a", "c"}), offered("c"), unread), "nothing pending-taken; settle phone"},
		{"… and the CRM moved on", both(phone), with(pair(cell{"a", "c", "a", "d"}), offered("c")), "write back crm-changed; source phone c>d crm-changed; settle phone"},
		{"any other value is a conflict", both(phone), with(pair(bothMoved), offered("c")), "hold conflict; keep phone b|c conflict; dispute phone"},
		{"… the CRM not read", both(phone), with(pair(bothMoved), offered("c"), unread), "nothing unchanged; needs crm"},
		{"… conflicts: source", conflicts(TakeSource, both(phone)), with(pair(bothMoved), offered("c")), "update conflict-source; crm phone c>b conflict-source lost c"},
		{"… conflicts: crm says it once more", conflicts(TakeCRM, both(phone)), with(pair(bothMoved), offered("c")), "write back conflict-crm; source phone b>c conflict-crm lost b; settle phone"},
		{"… unless the CRM shows the source's value by now", both(phone), with(pair(sameMove), offered("c")), "nothing same-change; settle phone"},
		{"a blank cell says nothing", both(phone), with(pair(cell{"a", "", "a", "c"}), offered("c")), "nothing pending-waits; keep phone |c pending-waits"},
		{"an offered blank", both(phone), with(pair(crmBlank), offered("")), "nothing pending-waits; keep phone a| pending-waits"},
		{"a job turned to push forgets its offers", job(phone), with(pair(crmMoved), offered("c")), "nothing crm-edit-left; keep phone a|c crm-edit-left"},
		{"a cell that was never a value: an edit of the CRM is offered", both(phone), pair(cell{"?", "?", "", "c"}), "write back crm-changed; source phone >c crm-changed"},
		{"… and waits", both(phone), with(pair(cell{"?", "?", "", "c"}), offered("c")), "nothing pending-waits; keep phone |c pending-waits"},
		{"… the CRM not read", both(phone), with(pair(cell{"?", "?", "", "c"}), offered("c"), unread), "nothing pending-waits; keep phone |c pending-waits"},
		{"… until the cell is one", both(phone), with(pair(cell{"?", "c", "", "c"}), offered("c")), "nothing same-value; settle phone"},
		{"… no edit, no offer", both(phone), pair(cell{"?", "?", "c", "c"}), "nothing unchanged"},
		{"… nor where nobody knows what the CRM had", both(phone), pair(cell{"?", "?", "?", "c"}), "nothing unchanged"},
		{"… nor in a job that pushes", job(phone), pair(cell{"?", "?", "", "c"}), "nothing unchanged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, tt.want, say(tt.p, Decide(tt.p, tt.s)))
		})
	}
}

// TestDecide_choices: what a person said.
func TestDecide_choices(t *testing.T) {
	t.Parallel()
	all := func(t Take) Choice { return Choice{Field: -1, Take: t} }
	one := func(t Take) Choice { return Choice{Field: 0, Take: t} }
	set := Choice{Field: 0, Set: val("z")}
	tests := []struct {
		name string
		p    Policy
		s    Situation
		want string
	}{
		{"source, for all in dispute", job(), with(pair(bothMoved, bothMoved), choose(all(TakeSource))), "update chosen-source; crm phone c>b chosen-source lost c; crm title c>b chosen-source lost c"},
		{"one field's word beats the word for all", job(), with(pair(bothMoved, bothMoved), choose(all(TakeSource), one(TakeCRM))), "update chosen-source; crm title c>b chosen-source lost c; settle phone; keep phone b|c chosen-crm"},
		{"one of two in dispute: still held", job(), with(pair(bothMoved, bothMoved), choose(one(TakeSource))), "hold conflict; keep title b|c conflict; dispute title"},
		{"crm, both ways", both(), with(pair(bothMoved, still), choose(all(TakeCRM))), "write back chosen-crm; source phone b>c chosen-crm lost b; settle phone"},
		{"the last word counts", job(), with(pair(bothMoved, still), choose(all(TakeSource), all(TakeCRM))), "nothing chosen-crm; settle phone; keep phone b|c chosen-crm"},
		{"… of one field too", job(), with(pair(bothMoved, still), choose(one(TakeCRM), one(TakeSource))), "update chosen-source; crm phone c>b chosen-source lost c"},
		{"a value", both(), with(pair(bothMoved, still), choose(set)), "update chosen-value; crm phone c>z chosen-value lost c; source phone b>z chosen-value lost b"},
		{"a value, push", job(), with(pair(bothMoved, still), choose(set)), "update chosen-value; crm phone c>z chosen-value lost c"},
		{"a value that the CRM has by now", job(), with(pair(cell{"a", "b", "a", "z"}, still), choose(set)), "nothing chosen-value; settle phone"},
		{"no word for all touches a field that is not in dispute", job(), with(pair(crmMoved, still), choose(all(TakeSource))), "nothing crm-edit-left; keep phone a|c crm-edit-left"},
		{"an edit that push would leave", job(), with(pair(crmMoved, still), choose(one(TakeSource))), "update chosen-source; crm phone c>a chosen-source lost c"},
		{"a blank source still clears nothing", job(), with(pair(cell{"a", "", "a", "c"}), choose(one(TakeSource))), "nothing crm-edit-left; keep phone |c crm-edit-left"},
		{"a value for a field that is never updated", job(addOnly), with(pair(bothMoved), choose(set)), "nothing add-only; settle phone; keep phone b|c add-only"},
		{"the CRM not read: read it first", job(), with(pair(srcMoved, still), unread, choose(all(TakeSource))), "update source-changed; crm phone a>b source-changed; needs crm"},
		{"a word that says nothing", job(), with(pair(bothMoved, still), choose(all(TakeHold))), "hold conflict; keep phone b|c conflict; dispute phone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, tt.want, say(tt.p, Decide(tt.p, tt.s)))
		})
	}
}
