package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syncd/internal/config"
	"syncd/internal/message"
)

// A deal whose client is looked up by another uid than the client was sent with would
// wait for ever.
func TestAReferenceMustMakeUidsAsTheJobThatItMeans(t *testing.T) {
	t.Parallel()
	for client, says := range map[string]string{
		"{column: К, encode: raw, job: clients}":                                                 "",
		"{column: К, job: clients}":                                                              "",
		"{column: К, encode: guid, job: clients}":                                                "encode: raw",
		"{column: К, encode: raw, prefix: ut-, job: clients}":                                    "encode: raw",
		"{column: К, encode: raw, job: nobody}":                                                  "no such job",
		"{column: К, encode: raw, job: orders}":                                                  "not about clients",
		"{column: К, encode: raw, job: clients}\npayer: {column: П, encode: hash, job: clients}": "payer",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{
				"clients.yaml": "version: 1\nentity: client\nuid: {column: Ключ, encode: raw}\nfields: {title: {column: Имя}}\n",
				"orders.yaml":  "version: 1\nentity: deal\nuid: {column: Ключ, encode: raw}\nclient: " + client + "\nfields: {title: {column: Имя}}\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			text := fmt.Sprintf(`version: 1
state: "%[1]s/state.db"
timezone: UTC
crm: {main: {base_url: "https://crm.example.ru", login: a@example.ru, apikey: {env: KEY}}}
sources: {all: {csv: {path: all.csv, snapshot: full}}}
jobs:
  clients: {entity: client, crm: main, source: all, mapping: "%[1]s/clients.yaml"}
  orders: {entity: deal, crm: main, source: all, mapping: "%[1]s/orders.yaml"}
`, filepath.ToSlash(dir))
			cfg, err := config.Parse(filepath.Join(dir, "syncd.yaml"), []byte(text), func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			in := &installation{app: &app{lang: message.English}, cfg: cfg}
			m, err := in.mapping("orders")
			if err != nil {
				t.Fatal(err)
			}
			err = in.checkReferences("orders", m)
			if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(in.app.wording(err), says)) {
				t.Errorf("%v, want %q", err, says)
			}
		})
	}
}
