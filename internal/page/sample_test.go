package page_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"syncd/internal/page"
)

var made = time.Date(2026, 11, 22, 14, 5, 0, 0, time.FixedZone("MSK", 3*60*60))

// sample is a page on which a bit of everything stands.
func sample(lang string) *page.Page {
	ago := func(d time.Duration) time.Time { return made.Add(-d) }
	var runs []page.Run
	for n := range int64(30) {
		r := page.Run{
			Number: 412 - n, Started: ago(time.Duration(n) * 15 * time.Minute), Took: 1500 * time.Millisecond,
			Status:  page.Status{Text: "done", Mood: page.Good},
			Updated: (n * 7) % 13, Created: (n * 5 % 17) / 9, Held: 3, Rejected: 2,
		}
		switch n {
		case 4:
			r.Status, r.Failed, r.Took = page.Status{Text: "done in part", Mood: page.Warn}, 2, 95*time.Second
		case 11, 12:
			r.Status, r.Updated, r.Held, r.Rejected = page.Status{Text: "CRM not reached", Mood: page.Bad}, 0, 0, 0
		case 29:
			r.Created = 1240
		}
		runs = append(runs, r)
	}
	var rejects []page.Reject
	for n := range 50 {
		rejects = append(rejects, page.Reject{
			Place: fmt.Sprintf("clients.csv:%d", 17+n*3), Key: fmt.Sprintf("4d1c3f0e-0000-4000-8000-%012d", n), Column: "ИНН", Rule: "inn",
		})
	}
	return &page.Page{
		Lang: lang, Made: made, Host: "sync-1", Version: "1.4.0",
		Service: page.Service{State: page.ServiceRunning, Since: ago(49 * time.Hour), Seen: ago(time.Second)},
		Silent:  []page.Channel{{Name: "mail", Since: ago(26 * time.Hour), Command: "syncd notify --test"}},
		Jobs: []page.Job{
			{
				Name: "clients", Sides: "clients → main", Status: page.Status{Text: "done in part", Mood: page.Warn}, Run: 412,
				Started: ago(5 * time.Minute), Success: ago(4 * time.Minute), Source: ago(9 * time.Minute), Next: made.Add(10 * time.Minute),
				Schedule: "*/15 8-20 * * 1-5", Skipped: 2, Linked: 12034, Held: 3, Rejected: 52, Warnings: 7, InDoubt: 1, Pending: 4,
				Holds: []page.HoldGroup{
					{
						Reason: "conflict", Meaning: "Both sides changed one field to different values", Count: 2, Command: "syncd holds clients --reason conflict",
						Records: []page.Held{
							{UID: "mfrggzdfmztwq2lknnwg23tpoa", CLID: 1001, Place: "clients.csv:2", Fields: "phone, mail_url", Since: ago(30 * time.Hour)},
							{UID: "nbswy3dpeb3w64tmmqqho2djom", CLID: 1044, Place: "clients.csv:812", Fields: "title", Since: ago(3 * time.Hour), Chosen: "source"},
						},
					},
					{
						Reason: "maybe-same", Meaning: "The CRM has a client that may be the same", Count: 1, Command: "syncd holds clients --reason maybe-same",
						Records: []page.Held{{UID: "orsxg5bamfxgiidum5ucazdpo4", CLID: 77, Place: "clients.csv:40", Fields: "recv.castInn", Since: ago(time.Hour)}},
					},
				},
				Rejects: page.Rejects{
					Total: 52, Rows: rejects,
					Advice: []page.Advice{
						{Code: "SYNC-0231", Rule: "inn", Count: 51, What: "The ИНН does not pass its check digit.", Next: "Correct it in the accounting system and export again."},
						{Code: "SYNC-0202", Rule: "required", Count: 1, What: "A required field is empty.", Next: "Fill it in and export again."},
					},
				},
				Runs: runs,
				Act: &page.Act{
					Run: 412, SourceAt: ago(5 * time.Minute), FullAt: ago(11 * time.Hour), ReadAt: ago(5 * time.Minute),
					Rows: 12112, Used: 12041, RowsReject: 52, RowsScope: 16, RowsEmpty: 3,
					Whole: true, Records: 12041, Paired: 12030, Held: 3, Refused: 2, InDoubt: 1, Gone: 1, Waiting: 2,
					Clients: 13400, Trash: 12, Seen: 12029, Others: 300, Unlinked: 1071,
					Links: 12034, Absent: 4, Trashed: 1, Newer: 2, Missing: 1, Unseen: 1,
				},
			},
			{
				Name: "orders", Sides: "orders → main", Status: page.Status{Text: "halted", Mood: page.Bad}, Run: 411,
				Started: ago(8 * time.Hour), Success: ago(80 * time.Hour), Schedule: "@every 1h", Linked: 310,
				Halts: []page.Halt{{
					Code: "SYNC-0607", What: "orders: 104 clients would be deleted in the CRM, the limit is 50.",
					Done: "Nothing was sent; the job is halted until someone decides.", Before: "syncd plan orders", Command: "syncd resume orders --allow max_delete=104",
				}},
				Runs: runs[:3],
				Act:  &page.Act{Run: 400, SourceAt: ago(80 * time.Hour), Rows: 12, Used: 12, Paired: 310, Links: 310},
			},
			{Name: "suppliers", Sides: "suppliers → main"},
		},
	}
}

// render is the page as text.
func render(t testing.TB, p *page.Page) string {
	t.Helper()
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
