package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// DealSeedJSON returns examples/1c/crm-seed-deals.json: the clients of [Seed] in
// a CRM whose lists for deals are written out, with one deal and one person
// that nobody synchronized. `syncd emulate --seed` reads it.
func DealSeedJSON() ([]byte, error) {
	type step struct {
		Title   int    `json:"title"`
		Content string `json:"content"`
	}
	type status struct {
		Title  string `json:"title"`
		Result string `json:"result"`
	}
	type client struct {
		CLID   int64             `json:"clid"`
		Title  string            `json:"title"`
		Fields map[string]string `json:"fields"`
		Recv   SeedRecv          `json:"recv"`
	}
	type object = map[string]any
	var clients []client
	for i, c := range Seed() {
		clients = append(clients, client{CLID: int64(i + 1), Title: c.Title, Fields: c.Fields(), Recv: c.Recv})
	}
	file := struct {
		Guides  object   `json:"guides"`
		Clients []client `json:"clients"`
		Persons []object `json:"persons"`
		Deals   []object `json:"deals"`
	}{
		Guides: object{
			"directions": []string{"Основное"},
			"deal_types": []string{"Продажа простая", "Продажа с разработкой", "Услуги"},
			"steps": []step{
				{0, "Проявлен интерес"},
				{20, "Подтверждён интерес"},
				{40, "Отправлено КП"},
				{60, "Обсуждение деталей"},
				{80, "Согласован договор, выставлен счёт"},
				{90, "Получена предоплата"},
				{100, "Закрытие сделки"},
			},
			"close_statuses": []status{
				{"Победа полная", "win"},
				{"Проигрыш по цене", "lose"},
				{"Отменена Заказчиком", "lose"},
			},
		},
		Clients: clients,
		Persons: []object{{"pid": 1, "clid": 1, "name": "Зябликов Лад Рощевич", "fields": object{"tel": "+7(495)000-90-11", "ptitle": "Переводчик"}}},
		Deals: []object{{
			"did": 1, "clid": 1, "title": "Перевод каталога", "step": "40", "type": "Услуги", "direction": "Основное", "plan": "2026-12-15",
			"lines": []object{{"title": "Перевод, страница", "unit": "шт", "quantity": "12.00", "price": "700.00", "vat": "22.00"}},
		}},
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(file); err != nil {
		return nil, fmt.Errorf("encode CRM seed with deals: %w", err)
	}
	return out.Bytes(), nil
}
