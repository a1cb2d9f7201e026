package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// SeedClient is a client that the CRM has before the first run, as
// examples/1c/crm-seed.json says.
type SeedClient struct {
	Title   string
	Type    string
	Phone   string
	MailURL string
	Address string
	Recv    SeedRecv

	// Late marks a client that somebody enters while the first run is under
	// way, after the CRM was read: only then does the server's own answer
	// "existing client" come up, because a client read before is found first.
	// In the JSON every client is in the CRM from the start.
	Late bool
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
			Title: "Бюро переводов Зяблик", Type: "client", Phone: "+7(495)000-90-01", MailURL: "hello@zyablik.example.com",
			Recv: SeedRecv{CastInn: inn10(7_000_090), CastKpp: "990901001", CastUrName: "Зяблик, бюро переводов"},
		},
		{
			Title: "Ромашка-17, ООО", Type: "client", Phone: "+7(495)000-17-01", MailURL: "info@romashka-17.example.ru",
			Address: "г. Травинск, ул. Тихая, 1 (со слов клиента)", Late: true,
			Recv: SeedRecv{CastInn: inn10(7_000_017)},
		},
		{
			Title: "Тополь-Мебель ООО", Type: "client", Phone: "+7(495)000-18-02", Late: true,
			Recv: SeedRecv{CastInn: inn10(7_000_091), CastKpp: "990201001", CastUrName: "ООО Тополь-Мебель Плюс"},
		},
		{
			Title: "Ива-Строй (старый договор)", Type: "client", Phone: "+7(495)000-99-19",
			Recv: SeedRecv{CastInn: inn10(7_000_019), CastKpp: "990301001"},
		},
		{Title: "Сойка, сервисный центр", Type: "client", Phone: "+7(495)000-20-04"},
		{Title: "Кафе на Родниковой", Type: "client", Phone: "+7(495)000-90-02", Address: "г. Лугоград, ул. Родниковая, 3"},
		{Title: "Щегол-Перо А. А.", Type: "person", Phone: "+7(900)000-90-03", MailURL: "schegol@mail.invalid"},
	}
}

// SeedJSON returns examples/1c/crm-seed.json, in the form that `syncd emulate
// --seed` reads.
func SeedJSON() ([]byte, error) {
	type client struct {
		Title  string            `json:"title"`
		Fields map[string]string `json:"fields"`
		Recv   SeedRecv          `json:"recv"`
	}
	var file struct {
		Clients []client `json:"clients"`
	}
	for _, c := range Seed() {
		file.Clients = append(file.Clients, client{Title: c.Title, Fields: c.Fields(), Recv: c.Recv})
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(file); err != nil {
		return nil, fmt.Errorf("encode CRM seed: %w", err)
	}
	return out.Bytes(), nil
}

// Fields are the client's filled fields by their names in the CRM, title and
// requisites apart.
func (c SeedClient) Fields() map[string]string {
	all := map[string]string{"type": c.Type, "phone": c.Phone, "mail_url": c.MailURL, "address": c.Address}
	for k, v := range all {
		if v == "" {
			delete(all, k)
		}
	}
	return all
}

// Requisites are the client's filled requisites by their names in the CRM.
func (c SeedClient) Requisites() map[string]string {
	all := map[string]string{"castInn": c.Recv.CastInn, "castKpp": c.Recv.CastKpp, "castUrName": c.Recv.CastUrName}
	for k, v := range all {
		if v == "" {
			delete(all, k)
		}
	}
	return all
}
