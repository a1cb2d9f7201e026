package reconcile_test

import (
	"testing"

	. "syncd/internal/reconcile" //nolint:revive // the tables speak the words of the design, without a prefix
)

// Keys of the tables; the ИНН are the synthetic test vectors.
const (
	innA, innB = "7707083893", "5024002077"
	kppA, kppB = "770701001", "502401001"
	tel        = "79990000001"
	mail       = "a@example.ru"
)

func keys(inn, kpp string, phones ...string) Keys {
	return Keys{INN: inn, KPP: kpp, Phones: phones, Title: "ромашка"}
}

// TestMeet is the first meeting: who is the same client.
func TestMeet(t *testing.T) {
	t.Parallel()
	met := with(pair(fresh), link(Unlinked), noBases)
	mails := func(inn string) Keys { return Keys{INN: inn, Mails: []string{mail}} }
	entry := func(k Keys) Entry { return Entry{CLID: 7, Keys: k} }
	const linked = "; crm phone >b filled"

	tests := []struct {
		name string
		s    Situation
		e    Evidence
		want string
	}{
		{"equal ИНН and КПП", met, Evidence{Source: keys(innA, kppA), CRM: entry(keys(innA, kppA))}, "link match-inn" + linked},
		{"equal ИНН, one КПП unknown", met, Evidence{Source: keys(innA, kppA), CRM: entry(keys(innA, ""))}, "link match-inn" + linked},
		{"equal ИНН, other КПП: a branch", met, Evidence{Source: keys(innA, kppA), CRM: entry(keys(innA, kppB))}, "hold match-differs"},
		{"other ИНН, equal phone", met, Evidence{Source: keys(innA, "", tel), CRM: entry(keys(innB, "", tel))}, "hold match-differs"},
		{"no ИНН there, equal phone", met, Evidence{Source: keys(innA, "", tel), CRM: entry(keys("", "", tel))}, "link match-phone" + linked},
		{"no ИНН anywhere, one phone of several", met, Evidence{Source: keys("", "", "1", tel), CRM: entry(keys("", "", tel, "2"))}, "link match-phone" + linked},
		{"no ИНН here, equal mail", met, Evidence{Source: mails(""), CRM: entry(mails(innB))}, "link match-mail" + linked},
		{"no ИНН there, equal phone, other КПП", met, Evidence{Source: keys(innA, kppA, tel), CRM: entry(keys("", kppB, tel))}, "hold match-differs"},
		{"the title alone", met, Evidence{Source: keys(innA, ""), CRM: entry(keys("", ""))}, "hold match-weak"},
		{"empty keys prove nothing", met, Evidence{Source: Keys{Phones: []string{""}}, CRM: entry(Keys{Phones: []string{""}})}, "hold match-weak"},
		{"another uid", met, Evidence{Source: keys(innA, ""), CRM: Entry{UID: "other", Keys: keys(innA, "")}}, "hold match-taken"},
		{"linked already", met, Evidence{Source: keys(innA, ""), CRM: entry(keys(innA, "")), LinkedTo: "job clients2"}, "hold match-taken"},
		{"linked already, though it carries our uid", met, Evidence{SameUID: true, CRM: Entry{UID: "u"}, LinkedTo: "job clients2"}, "hold match-taken"},
		{"our own uid: our earlier add", met, Evidence{SameUID: true, CRM: Entry{UID: "u"}}, "link same-uid" + linked},
		{"… edited since: nobody knows by whom", with(pair(freshDiff), link(Unlinked)), Evidence{SameUID: true}, "hold no-base; keep phone b|c no-base; dispute phone"},
		{"equal natural key, where the CRM keeps no uid", met, Evidence{Source: Keys{Natural: "7 15"}, CRM: entry(Keys{Natural: "7 15"})}, "link match-natural" + linked},
		{"another natural key", met, Evidence{Source: Keys{Natural: "7 15"}, CRM: entry(Keys{Natural: "7 16"})}, "hold match-weak"},
		{"named by the CRM's id, and the client is the same", met, Evidence{Named: true, Source: Keys{Party: "7", Title: "7 1"}, CRM: entry(Keys{Party: "7", Title: "7 2"})}, "link match-clid" + linked},
		{"named by the CRM's id, and the client is another", met, Evidence{Named: true, Source: Keys{Party: "7"}, CRM: entry(Keys{Party: "8"})}, "hold match-weak"},
		{"named by the CRM's id, and no client is known", met, Evidence{Named: true}, "hold match-weak"},
		{"the same client, and nothing names it", met, Evidence{Source: Keys{Party: "7"}, CRM: entry(Keys{Party: "7"})}, "hold match-weak"},
		{"in the trash", met, Evidence{Source: keys(innA, ""), CRM: entry(keys(innA, "")), Trash: true}, "hold trashed"},
		{"in the trash, says the entry", met, Evidence{Source: keys(innA, ""), CRM: Entry{Trash: true, Keys: keys(innA, "")}}, "hold trashed"},
		{"in the trash, says the reading", with(met, crm(CRMTrashed)), Evidence{}, "hold trashed"},
		{"claimed to exist, and not shown", with(met, crm(CRMHidden)), Evidence{Forced: true}, "hold hidden"},
		{"claimed to exist, and not there", with(met, crm(CRMNone)), Evidence{}, "hold hidden"},
		{"not read", with(met, crm(CRMUnread)), Evidence{}, "nothing unknown-in-crm; needs crm"},
		{"a person links what the keys do not prove", met, Evidence{Source: keys(innA, ""), CRM: entry(keys(innB, "")), Forced: true}, "link chosen-link" + linked},
		{"a person cannot take what is somebody else's", met, Evidence{CRM: Entry{UID: "other"}, Forced: true}, "hold match-taken"},
		{"… nor what is linked", met, Evidence{LinkedTo: "u2", Forced: true}, "hold match-taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, tt.want, say(job(phone), Meet(job(phone), tt.s, tt.e)))
		})
	}
}

// TestMeet_fields: what a link gives each side, field by field.
func TestMeet_fields(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    Policy
		s    Situation
		want string
	}{
		{"blank in the CRM: filled", job(), pair(fresh, freshSame), "crm phone >b filled; settle title"},
		{"blank in the source: the CRM's stays", both(), pair(freshCRM), "settle phone; keep phone |c crm-only"},
		{"… export_on_link", exporting(both()), pair(freshCRM), "source phone >c exported-on-link; settle phone"},
		{"… export_on_link in a push job", exporting(job()), pair(freshCRM), "settle phone; keep phone |c crm-only"},
		{"different, on_match: crm", onMatch(TakeCRM, both()), pair(freshDiff), "settle phone; keep phone b|c on-match-crm"},
		{"… export_on_link", exporting(onMatch(TakeCRM, both())), pair(freshDiff), "source phone b>c on-match-crm lost b; settle phone"},
		{"different, on_match: source", onMatch(TakeSource, job()), pair(freshDiff), "crm phone c>b on-match-source lost c"},
		{"different, the source's field", onMatch(TakeCRM, job(ofSource)), pair(freshDiff), "crm phone c>b owner-source lost c"},
		{"different, the CRM's field", onMatch(TakeSource, job(ofCRM)), pair(freshDiff), "settle phone; keep phone b|c owner-crm"},
		{"add-only: a link is no add", job(addOnly), pair(fresh), "settle phone; keep phone b| add-only"},
		{"a pull job writes no fields", pull(), pair(fresh), "settle phone; keep phone b| source-edit-left"},
		{"both blank", job(), pair(cell{"?", "", "?", ""}), "settle phone"},
		{"a column that is not delivered", exporting(both()), pair(cell{"?", "?", "?", "c"}), ""},
	}
	e := Evidence{Source: keys(innA, ""), CRM: Entry{Keys: keys(innA, "")}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := "link match-inn"
			if tt.want != "" {
				want += "; " + tt.want
			}
			diff(t, want, say(tt.p, Meet(tt.p, with(tt.s, link(Unlinked)), e)))
		})
	}

	t.Run("different, on_match: hold", func(t *testing.T) {
		t.Parallel()
		s := with(pair(freshDiff, fresh), link(Unlinked))
		diff(t, "hold conflict; keep phone b|c on-match; dispute phone", say(job(), Meet(job(), s, e)))
		s = with(s, choose(Choice{Field: -1, Take: TakeCRM}))
		diff(t, "link match-inn; crm title >b filled; settle phone; keep phone b|c chosen-crm", say(job(), Meet(job(), s, e)))
	})
}
