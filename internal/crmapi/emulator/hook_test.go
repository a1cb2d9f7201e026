package emulator_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

// The CRM can change between any two requests, just before it answers the second.
func TestTheCRMCanChangeBetweenTwoRequests(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	seed(t, s, emulator.Client{Title: "А"}, emulator.Client{Title: "Б"}, emulator.Client{Title: "В"})
	send := over(t, s)
	var told []emulator.Arrival
	s.OnRequest(func(a emulator.Arrival) {
		told = append(told, a)
		if a.Seq == 2 {
			if err := s.Delete(3); err != nil {
				t.Error(err)
			}
			seed(t, s, emulator.Client{Title: "Г"})
		}
	})
	const list = `{"order":"clid"}`
	if got := clidsOf(send("client/list", list).body); got != "3 2 1" {
		t.Errorf("before: %s", got)
	}
	if got := clidsOf(send("client/list", list).body); got != "4 2 1" {
		t.Errorf("after: %s", got)
	}
	s.OnRequest(nil)
	send("client/fields", `{}`)
	if d := cmp.Diff([]emulator.Arrival{{Seq: 1, Action: "list", Body: list}, {Seq: 2, Action: "list", Body: list}}, told); d != "" {
		t.Error(d)
	}
}

func TestAMergeFillsTheMainClientAndTheLoserGoesOrIsThrownAway(t *testing.T) {
	t.Parallel()
	for name, toTrash := range map[string]bool{"deleted": false, "to the trash": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulator.New(emulator.Options{AllFields: true})
			seed(t, s,
				emulator.Client{Title: "Ромашка", Fields: map[string]string{"phone": "1"}},
				emulator.Client{
					Title: "Ромашка, ООО", UID: "U2", HasDeals: true,
					Fields: map[string]string{"phone": "2", "address": "ул. Мира, 1", "territory": "Пермь"}, Recv: map[string]string{"castInn": "5904000001"},
				})
			merge := s.Merge
			if toTrash {
				merge = s.MergeToTrash
			}
			if err := merge(1, 2); err != nil {
				t.Fatal(err)
			}
			main, _ := s.Client(1)
			if main.Title != "Ромашка" || main.UID != "U2" || main.Fields["phone"] != "1" || main.Fields["address"] != "ул. Мира, 1" ||
				main.Fields["territory"] != "Пермь" || main.Recv["castInn"] != "5904000001" || !main.HasDeals || main.Edited == "" {
				t.Errorf("the main client: %+v", main)
			}
			loser, there := s.Client(2)
			if there != toTrash || there && (!loser.Trash || loser.UID != "U2" || loser.Edited != "") {
				t.Errorf("the loser: %v, %+v", there, loser)
			}
			if err := merge(1, 1); err == nil {
				t.Error("a client was merged into itself")
			}
			if err := merge(1, 99); err == nil {
				t.Error("nobody was merged")
			}
			if body := call(s, "client/delete", `{"clid":1}`); !strings.Contains(body, `"code":408`) {
				t.Errorf("a client with deals: %s", body)
			}
		})
	}
}
