package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// SeedClient is a client that the CRM has before the first run, in the form
// of examples/1c/crm-seed.json.
type SeedClient struct {
	UID     string   `json:"uid"` // "" = never set
	Title   string   `json:"title"`
	Type    string   `json:"type"`
	Phone   string   `json:"phone"`
	MailURL string   `json:"mail_url"`
	Address string   `json:"address"`
	Owner   int      `json:"owner"` // id of the CRM's user
	Recv    SeedRecv `json:"recv"`

	// Late marks a client that somebody enters while the first run is under
	// way, after the CRM was read: only then does the server's own answer
	// "existing client" come up, because a client read before is found first.
	// It is not in the JSON: there every client is in the CRM from the start.
	Late bool `json:"-"`
}

// SeedRecv holds the requisites of a SeedClient; "" is unset.
type SeedRecv struct {
	CastInn    string `json:"castInn,omitempty"`
	CastKpp    string `json:"castKpp,omitempty"`
	CastUrName string `json:"castUrName,omitempty"`
}

// Seed returns the clients that are in the CRM before the first run, in the
// order of their ids. The titles are as the CRM stores them: it moves ООО
// behind the name and takes the quotes out.
func Seed() []SeedClient {
	return []SeedClient{
		{
			Title: "Бюро переводов Зяблик", Type: "client", Phone: "+7(495)000-90-01", MailURL: "hello@zyablik.example.com", Owner: 1,
			Recv: SeedRecv{CastInn: inn10(7_000_090), CastKpp: "990901001", CastUrName: "Зяблик, бюро переводов"},
		},
		{
			Title: "Ромашка-17, ООО", Type: "client", Phone: "+7(495)000-17-01", MailURL: "info@romashka-17.example.ru",
			Address: "г. Травинск, ул. Тихая, 1 (со слов клиента)", Owner: 1, Late: true,
			Recv: SeedRecv{CastInn: inn10(7_000_017)},
		},
		{
			Title: "Тополь-Мебель ООО", Type: "client", Phone: "+7(495)000-18-02", Owner: 1, Late: true,
			Recv: SeedRecv{CastInn: inn10(7_000_091), CastKpp: "990201001", CastUrName: "ООО Тополь-Мебель Плюс"},
		},
		{
			Title: "Ива-Строй (старый договор)", Type: "client", Phone: "+7(495)000-99-19", Owner: 1,
			Recv: SeedRecv{CastInn: inn10(7_000_019), CastKpp: "990301001"},
		},
		{Title: "Сойка, сервисный центр", Type: "client", Phone: "+7(495)000-20-04", Owner: 1},
		{Title: "Кафе на Родниковой", Type: "client", Phone: "+7(495)000-90-02", Address: "г. Лугоград, ул. Родниковая, 3", Owner: 1},
		{Title: "Щегол-Перо А. А.", Type: "person", Phone: "+7(900)000-90-03", MailURL: "schegol@mail.invalid", Owner: 1},
	}
}

// SeedJSON returns examples/1c/crm-seed.json.
func SeedJSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(Seed()); err != nil {
		return nil, fmt.Errorf("encode CRM seed: %w", err)
	}
	return out.Bytes(), nil
}
