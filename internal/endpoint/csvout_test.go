package endpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/source"
)

const backSpec = `
version: 1
entity: client
uid: {column: Ссылка, encode: raw}
fields:
  title:   {column: Наименование, required: true}
  phone:   {columns: [Телефон, МобильныйТелефон], type: phones}
  des:     {column: Комментарий}
  tip_cmr: {const: Клиент}
recv:
  castInn: {column: ИНН, type: inn}
`

// outbox writes into a new folder.
func outbox(t *testing.T, spec string, cfg endpoint.CSVOutConfig) (*endpoint.CSVOut, string) {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.Job = "clients"
	o, err := endpoint.NewCSVOut(cfg, mappingOf(t, spec))
	if err != nil {
		t.Fatal(err)
	}
	return o, cfg.Dir
}

func text(s string) *string { return &s }

// offer is a field with its values; "-" stands for none.
func offer(field, was, now string) engine.OfferedField {
	f := engine.OfferedField{Field: field, Old: text(was), New: text(now)}
	if was == "-" {
		f.Old = nil
	}
	if now == "-" {
		f.New = nil
	}
	return f
}

// delivered are the lines of the only file in a folder; nil = there is none.
func delivered(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 1 {
		t.Fatalf("the folder holds %v, %v", entries, err)
	}
	if len(entries) == 0 {
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(dir, entries[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(string(raw), "\ufeff"), "\r\n"), "\r\n")
}

func undelivered(t *testing.T, err error) []engine.Undelivered {
	t.Helper()
	var u *engine.UndeliveredError
	if err != nil && !errors.As(err, &u) {
		t.Fatal(err)
	}
	if u == nil {
		return nil
	}
	return u.Rows
}

func TestWhat_the_CRM_changed_goes_into_a_file_under_the_sources_own_names(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rows []engine.OfferRow
		want []string
	}{
		"several records, each its own fields": {
			[]engine.OfferRow{
				{UID: "k-1", Key: "K-1", CLID: 7, Fields: []engine.OfferedField{offer("recv.castInn", "-", "7707083893")}},
				{UID: "k-2", Key: "K-2", CLID: 8, Fields: []engine.OfferedField{offer("des", "старое", "-"), offer("title", "Лютик", "Лютик плюс")}},
			},
			[]string{
				"Ссылка;КодCRM;Изменено;Наименование;Комментарий;ИНН",
				"K-1;7;ИНН;;;7707083893",
				"K-2;8;Наименование, Комментарий;Лютик плюс;;",
			},
		},
		"a client born in the CRM": {
			[]engine.OfferRow{{CLID: 9, Title: "Мята", Fields: []engine.OfferedField{offer("title", "-", "Мята"), offer("phone", "-", "79160000001")}}},
			[]string{"Ссылка;КодCRM;Изменено;Наименование;Телефон", ";9;Наименование, Телефон;Мята;79160000001"},
		},
		"a value that the source has already": {
			[]engine.OfferRow{
				{UID: "k-1", Key: "K-1", CLID: 7, Fields: []engine.OfferedField{offer("title", "Лютик", "Лютик")}},
				{UID: "k-2", Key: "K-2", CLID: 8, Fields: []engine.OfferedField{offer("des", "а", "б")}},
			},
			[]string{"Ссылка;КодCRM;Изменено;Комментарий", "K-2;8;Комментарий;б"},
		},
		"nothing at all": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, dir := outbox(t, backSpec, endpoint.CSVOutConfig{})
			at := time.Date(2026, 4, 1, 9, 30, 0, 0, time.UTC)
			for range 2 { // delivered again it is the same file
				if err := o.Deliver(t.Context(), o.Name(17, at), tt.rows); err != nil {
					t.Fatal(err)
				}
				if got := delivered(t, dir); !slices.Equal(got, tt.want) {
					t.Errorf("file %q, want %q", got, tt.want)
				}
			}
			if got := o.Name(17, at); got != "clients-20260401T093000-17.csv" || o.Settles() {
				t.Errorf("name %s, settles %v", got, o.Settles())
			}
		})
	}
}

func TestA_value_that_cannot_go_is_told_and_the_others_go(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		encoding string
		row      engine.OfferRow
		left     []engine.Undelivered // without Why
		why      string
		want     []string // lines behind the header
	}{
		"a character outside the encoding": {
			encoding: "windows-1251",
			row: engine.OfferRow{UID: "a", Key: "A", CLID: 7, Fields: []engine.OfferedField{
				offer("des", "-", "кофе ☕"), offer("recv.castInn", "-", "7707083893"),
			}},
			left: []engine.Undelivered{{UID: "a", CLID: 7, Field: "des", Column: "Комментарий", Code: "encoding"}},
			why:  "U+2615",
			want: []string{"A;7;;7707083893"},
		},
		"in the name of a new client": {
			encoding: "windows-1251",
			row: engine.OfferRow{CLID: 7, Fields: []engine.OfferedField{
				offer("title", "-", "Кофе ☕"), offer("recv.castInn", "-", "7707083893"),
			}},
			left: []engine.Undelivered{{CLID: 7, Column: "Наименование", Code: "encoding"}},
			why:  "windows-1251",
		},
		"in the key": {
			encoding: "windows-1251",
			row:      engine.OfferRow{UID: "☕", Key: "☕", CLID: 7, Fields: []engine.OfferedField{offer("title", "А", "Б")}},
			left:     []engine.Undelivered{{UID: "☕", CLID: 7, Column: "Ссылка", Code: "encoding"}},
			why:      "U+2615",
		},
		"a field without a way back": {
			row:  engine.OfferRow{UID: "a", Key: "A", CLID: 7, Fields: []engine.OfferedField{offer("tip_cmr", "Клиент", "Друг"), offer("des", "-", "а")}},
			left: []engine.Undelivered{{UID: "a", CLID: 7, Field: "tip_cmr", Code: "no-inverse"}},
			why:  "constant",
			want: []string{"A;7;а"},
		},
		"a field that the mapping lost": {
			row:  engine.OfferRow{UID: "a", Key: "A", CLID: 7, Fields: []engine.OfferedField{offer("fax", "-", "1")}},
			left: []engine.Undelivered{{UID: "a", CLID: 7, Field: "fax", Code: "no-inverse"}},
			why:  "no such field",
		},
		"a required field emptied": {
			row:  engine.OfferRow{UID: "a", Key: "A", CLID: 7, Fields: []engine.OfferedField{offer("title", "Лютик", "-")}},
			left: []engine.Undelivered{{UID: "a", CLID: 7, Field: "title", Code: "no-inverse"}},
			why:  "cell",
		},
		"a record that nothing names": {
			row:  engine.OfferRow{UID: "a", Fields: []engine.OfferedField{offer("title", "А", "Б")}},
			left: []engine.Undelivered{{UID: "a", Code: "no-key"}},
			why:  "key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, dir := outbox(t, backSpec, endpoint.CSVOutConfig{Encoding: tt.encoding})
			sound := engine.OfferRow{UID: "z", Key: "Z", CLID: 1, Fields: []engine.OfferedField{offer("des", "-", "z")}}
			left := undelivered(t, o.Deliver(t.Context(), "clients-20260401T093000-1.csv", []engine.OfferRow{tt.row, sound}))
			for i := range left {
				if !strings.Contains(left[i].Why, tt.why) || strings.Contains(left[i].Why, "☕") {
					t.Errorf("why: %q", left[i].Why)
				}
				left[i].Why = ""
			}
			if !slices.Equal(left, tt.left) {
				t.Errorf("left out %+v, want %+v", left, tt.left)
			}
			got := delivered(t, dir)
			if len(got) != len(tt.want)+2 {
				t.Fatalf("file %q", got)
			}
			for i, want := range tt.want {
				cells := strings.Split(got[1+i], ";")
				cells = slices.Delete(cells, 2, 3) // the names, in whatever encoding
				if line := strings.Join(cells, ";"); line != want {
					t.Errorf("line %q, want %q", line, want)
				}
			}
			if !strings.HasPrefix(got[len(got)-1], "Z;1;") {
				t.Errorf("the sound record is not in the file: %q", got)
			}
		})
	}
}

func TestColumns_of_the_source_do_not_meet_those_of_the_file(t *testing.T) {
	t.Parallel()
	spec := strings.Replace(backSpec, "column: Комментарий", "column: изменено", 1)
	row := []engine.OfferRow{{UID: "a", Key: "A", CLID: 7, Fields: []engine.OfferedField{offer("des", "-", "б")}}}
	for name, tt := range map[string]struct{ spec, header string }{
		"one of that name is mapped": {spec, "Ссылка;КодCRM;ИзмененоВCRM;изменено"},
		"the source knows the id": {
			strings.Replace(spec, "fields:", "clid: {column: КлиентCRM}\nfields:", 1), "Ссылка;КлиентCRM;ИзмененоВCRM;изменено",
		},
		"a field has the id's name": {
			strings.Replace(backSpec, "column: Комментарий", "column: Код CRM", 1), "Ссылка;СсылкаCRM;Изменено;Код CRM",
		},
	} {
		o, dir := outbox(t, tt.spec, endpoint.CSVOutConfig{})
		if err := o.Deliver(t.Context(), "clients-20260401T093000-1.csv", row); err != nil {
			t.Fatal(err)
		}
		if got := delivered(t, dir); got[0] != tt.header {
			t.Errorf("%s: header %q", name, got[0])
		}
	}
}

func TestA_folder_that_takes_nothing_fails_the_delivery_as_a_whole(t *testing.T) {
	t.Parallel()
	o, _ := outbox(t, backSpec, endpoint.CSVOutConfig{Dir: filepath.Join(t.TempDir(), "gone")})
	err := o.Deliver(t.Context(), "clients-20260401T093000-1.csv", []engine.OfferRow{
		{UID: "a", Key: "A", CLID: 7, Fields: []engine.OfferedField{offer("title", "А", "Тайна")}},
	})
	for _, err := range []error{err, o.Check()} {
		var folder *source.FolderError
		if !errors.As(err, &folder) || folder.Reason != source.FolderMissing || strings.Contains(err.Error(), "Тайна") {
			t.Errorf("error %v", err)
		}
	}
	if _, err := endpoint.NewCSVOut(endpoint.CSVOutConfig{Encoding: "auto"}, mappingOf(t, backSpec)); err == nil {
		t.Error("an encoding must be named")
	}
}
