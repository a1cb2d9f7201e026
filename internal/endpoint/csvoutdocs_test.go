package endpoint_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
)

// The file that docs/1c.md shows is one that comes out.
func TestThePageAbout1CShowsARealFile(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/1c.md")
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile("../../mappings/1c-clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	o, dir := outbox(t, string(shipped), endpoint.CSVOutConfig{})
	name := o.Name(17, time.Date(2026, 4, 1, 9, 30, 0, 0, time.UTC))
	if err := o.Deliver(t.Context(), name, []engine.OfferRow{
		{
			UID: "x", Key: "b2fe9969-2b1c-1fa0-9c8f-2e17c3fe701f", CLID: 1017,
			Fields: []engine.OfferedField{offer("phone", "-", "+7 495 000-00-17")},
		},
		{
			UID: "y", Key: "d1fedf2f-5128-1156-a361-f4b2a726be62", CLID: 1018,
			Fields: []engine.OfferedField{offer("title", "Вереск-торг", "Вереск; торг"), offer("mail_url", "verba@example.ru", "-")},
		},
		{CLID: 2044, Fields: []engine.OfferedField{offer("title", "-", "Барвинок-2"), offer("recv.castInn", "-", "9900000017")}},
	}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Join(delivered(t, dir), "\n")
	if !strings.Contains(string(page), "`"+name+"`") || !strings.Contains(string(page), "```\n"+lines+"\n```\n") {
		t.Errorf("the page does not show %s:\n%s", name, lines)
	}
}
