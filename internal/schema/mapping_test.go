package schema_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/message"
	"syncd/internal/schema"
)

var commented = regexp.MustCompile(`(?m)^(\s*)# ((?:territory|des|tip_cmr|idcategory|clientpath|input1|user|where):)`)

func TestTheShippedMappingsAndTheirTestsFitTheSchemas(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../mappings/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatal(err, files)
	}
	files = append(files, "../../cmd/syncd/testdata/base/clients.yaml")
	for _, lang := range []message.Lang{message.English, message.Russian} {
		text, err := schema.Mapping(lang)
		mappings := compiled(t, text, err)
		text, err = schema.MappingTest(lang)
		suites := compiled(t, text, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := mappings
			if strings.HasSuffix(file, "_test.yaml") {
				s = suites
			}
			for _, text := range []string{string(data), commented.ReplaceAllString(string(data), "$1$2")} {
				if err := refuses(t, s, text); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
}

func TestTheMappingsOfThePageFitTheSchemas(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := schema.Mapping(message.English)
	mappings := compiled(t, text, err)
	text, err = schema.MappingTest(message.English)
	suites := compiled(t, text, err)
	found := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		s := suites
		switch body := block[1]; {
		case strings.Contains(body, "entity:"):
			s = mappings
		case !strings.Contains(body, "tests:"):
			continue
		}
		found++
		if err := refuses(t, s, block[1]); err != nil {
			t.Errorf("%s: %v", block[1], err)
		}
	}
	if found < 3 {
		t.Errorf("only %d examples found", found)
	}
}

const smallMapping = `version: 1
entity: client
uid: {column: Код}
fields:
  title: {column: Имя}
  phone: {column: Тел}
`

// Each line replaces one of the small mapping. The schema must say of it what
// the program says.
func TestSchemaAndProgramAgreeOnMappings(t *testing.T) {
	t.Parallel()
	text, err := schema.Mapping(message.English)
	s := compiled(t, text, err)
	const phone = "phone: {column: Тел}"
	for _, c := range []struct {
		line, by string
		good     bool
	}{
		{"version: 1", "version: 2", false},
		{"entity: client", "entity: person", false},
		{"entity: client", "", false},
		{"uid: {column: Код}", "", false},
		{"uid: {column: Код}", "uid: {encode: raw}", false},
		{"uid: {column: Код}", "uid: {column: Код, encode: base64}", false},
		{"uid: {column: Код}", "uid: {column: Код, hex: db}", false},
		{"uid: {column: Код}", "uid: {column: Код, encode: guid, hex: db}", true},
		{"uid: {column: Код}", "uid: {column: Код, prefix: abcde}", false},
		{"uid: {column: Код}", "uid: {column: Код, prefix: ut}", true},
		{"uid: {column: Код}", "uid: {column: Код}\nskip: Группа", false},
		{"uid: {column: Код}", "uid: {column: Код}\nskip: [Группа]", true},
		{"uid: {column: Код}", "uid: {column: Код}\nwher: a", false},
		{"uid: {column: Код}", "uid: {column: Код}\nclid: {column: Номер}", true},
		{"title: {column: Имя}", "", false},
		{"title: {column: Имя}", "title: {column: Имя, on_empty: clear}", false},
		{"title: {column: Имя}", "title: {}", false},
		{"title: {column: Имя}", "title: {column: Имя, const: Имя}", false},
		{"title: {column: Имя}", "title: {colum: Имя}", false},
		{phone, "fone: {column: Тел}", false},
		{phone, "phone: {columns: [Тел, Моб], type: phones}", true},
		{phone, "phone: {columns: []}", false},
		{phone, "phone: {column: Тел, type: telephone}", false},
		{phone, "phone: {column: Тел, owner: me}", false},
		{phone, "phone: {column: Тел, when: add, on_empty: clear}", false},
		{phone, "phone: {column: Тел, on_empty: clear}", true},
		{phone, "phone: {column: Тел, required: maybe}", false},
		{phone, "date_create: {column: Дата, format: dd.MM.yyyy HH:mm:ss}", true},
		{phone, "phone: {column: Тел, dictionary: known}", false},
		{phone, "territory: {column: Тел, dictionary: known}", true},
		{phone, "phone: {column: Тел, max_length: 100}", true},
		{phone, "phone: {column: Тел, max_length: {limit: 100, over: cut}}", true},
		{phone, "phone: {column: Тел, max_length: long}", false},
		{phone, "address: {column: Тел, unmapped: pass}", false},
		{phone, "address: {column: Тел, values: {1: a, да: 2}, unmapped: pass}", true},
		{phone, "address: {column: Тел, join: x}", false},
		{phone, "address: {columns: [А, Б], join: x}", true},
		{phone, "address: {expr: 'Имя + \"!\"'}", true},
		{phone, "type: {column: Тел, values: {Да: клиент}}", false},
		{phone, "type: {column: Тел, values: {Да: person}, default: client}", true},
		{phone, "type: {const: organization}", false},
		{phone, "input12: {const: 5}", true},
		{phone, "inputs: {const: 5}", false},
		{phone, "clid: {column: Тел}", false},
		{phone, "des: {column: Тел}\nrecv: {castInn: {column: ИНН, type: inn, check: reject, excel: true}}", true},
		{phone, "des: {column: Тел}\nrecv: {castINN: {column: ИНН, type: inn}}", false},
	} {
		agree(t, s, smallMapping, c.line, c.by, c.good)
	}
}

func TestMistakesInTestsOfMappingsAreFound(t *testing.T) {
	t.Parallel()
	text, err := schema.MappingTest(message.English)
	s := compiled(t, text, err)
	for body, good := range map[string]bool{
		"tests: [{row: {Код: 1}, add: {title: Ива, phone: [a, b], recv: {castInn: 1}, input3: x}, warnings: {phone: [form, cut]}}]": true,
		"tests: [{row: {Код: 1}, reject: {title: required}}]":                                                                       true,
		"tests: [{row: {Код: 1}, reject: {title: required, phone: form}}]":                                                          false,
		"tests: [{row: {Код: 1}}]": false,
		"tests: []":                false,
		"mapping: a.yaml":          false,
		"tests: [{rows: {Код: 1}, deleted: true}]": false,
		"tests: [{part: invoices, rows: [{Код: 1}, {Код: 2}], lines: [{Код: 1}], add: {lines: [а, б], step: 40, close_marga: 1, summa: 5}}]": true,
		"tests: [{part: people, row: {Код: 1}, deleted: true}]":                                                                              false,
		"tests: [{row: {Код: 1}, deleted: 1}]":                                                                                               false,
		"tests: [{row: {Код: 1}, add: {titel: Ива}}]":                                                                                        false,
		"test: []\ntests: [{row: {Код: 1}, out_of_scope: where, name: other}]":                                                               false,
	} {
		if err := refuses(t, s, body); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestEveryKeyOfAMappingIsDescribedInBothLanguagesAndHasAForm(t *testing.T) {
	t.Parallel()
	for _, make := range []func(message.Lang) ([]byte, error){schema.Mapping, schema.MappingTest} {
		english, err := make(message.English)
		en := read(t, english, err)
		russian, err := make(message.Russian)
		holdTexts(t, en, read(t, russian, err))
	}
}

// The parser's tables are private; this reads them in its source.
func TestTheParserAndTheSchemasHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	tables := parserTables(t)
	text, err := schema.Mapping(message.English)
	m := read(t, text, err)
	text, err = schema.MappingTest(message.English)
	suite := read(t, text, err)
	client, deal := m.Defs["client"], m.Defs["deal"]
	keys := func(s *shape, without ...string) []string {
		return slices.DeleteFunc(slices.Collect(maps.Keys(s.Properties)), func(k string) bool { return slices.Contains(without, k) })
	}
	test := suite.Properties["tests"].Items
	for table, have := range map[string][]string{
		"clientKeys":   keys(client),
		"dealKeys":     keys(deal),
		"closeKeys":    keys(deal.Properties["close"]),
		"closeFields":  keys(deal.Properties["close"], "when"),
		"lineKeys":     keys(deal.Properties["lines"]),
		"lineFields":   keys(deal.Properties["lines"], "source", "of", "when", "check_sum"),
		"invoiceKeys":  keys(deal.Properties["invoices"]),
		"paymentKeys":  keys(deal.Properties["payments"]),
		"contactKeys":  keys(client.Properties["contacts"]),
		"dealFields":   keys(deal.Properties["fields"]),
		"fieldKeys":    keys(m.Defs["dictionary"]),
		"once":         keys(m.Defs["once"]),
		"clientFields": keys(client.Properties["fields"]),
		"recvKeys":     keys(client.Properties["recv"]),
		"identityKeys": keys(client.Properties["uid"]),
		"section()":    keys(client.Properties["clid"]),
		"maxLength()":  {"limit", "over"},
		"read()":       slices.Collect(maps.Keys(suite.Properties)),
		"suiteTest()":  slices.Collect(maps.Keys(test.Properties)),
		"clientTypes":  wordsOf(m.Defs["type"].Properties["const"]),
		"test recv":    slices.Collect(maps.Keys(test.Properties["add"].Properties["recv"].Properties)),
		"test keys":    slices.Collect(maps.Keys(test.Properties["add"].Properties)),
	} {
		want := tables[table]
		switch table {
		case "test recv":
			want = tables["recvKeys"]
		case "once":
			want = slices.DeleteFunc(slices.Clone(tables["fieldKeys"]), func(k string) bool {
				return k == "dictionary" || slices.Contains(tables["onceKeys"], k)
			})
		case "test keys":
			want = slices.Concat(tables["clientFields"], tables["dealFields"], tables["closeFields"], tables["invoiceFields"],
				tables["paymentFields"], tables["personFields"], []string{"uid", "recv", "client", "payer", "deal", "step", "lines", "close_marga"})
		}
		slices.Sort(want)
		slices.Sort(have)
		want = slices.Compact(want)
		if d := cmp.Diff(want, have); d != "" || len(want) == 0 {
			t.Errorf("%s: the parser (-) and the schema (+):\n%s", table, d)
		}
	}
}

func wordsOf(s *shape) []string {
	words := make([]string, 0, len(s.Enum))
	for _, w := range s.Enum {
		if text, ok := w.(string); ok {
			words = append(words, text)
		}
	}
	return words
}

// parserTables are the lists of keys in package mapping: variables by name, and
// those that a function hands to the walker, by "function()".
func parserTables(t *testing.T) map[string][]string {
	t.Helper()
	tables := map[string][]string{}
	for _, name := range []string{"parse.go", "parsefield.go", "parsedeal.go", "parsepart.go", "catalog.go", "catalogdeal.go", "suite.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), "../mapping/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			where := ""
			if f, ok := d.(*ast.FuncDecl); ok {
				where = f.Name.Name + "()"
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					if len(n.Values) == 1 && len(n.Names) == 1 && where == "" {
						tables[n.Names[0].Name] = listOf(n.Values[0])
					}
				case *ast.CompositeLit:
					if words := listOf(n); where != "" && len(words) > 0 && tables[where] == nil {
						tables[where] = words
					}
				}
				return true
			})
		}
	}
	return tables
}

// listOf is a literal []string of words; nil for anything else.
func listOf(e ast.Expr) []string {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	if array, isArray := lit.Type.(*ast.ArrayType); !isArray {
		return nil
	} else if of, isName := array.Elt.(*ast.Ident); !isName || of.Name != "string" {
		return nil
	}
	var words []string
	for _, x := range lit.Elts {
		basic, isBasic := x.(*ast.BasicLit)
		if !isBasic {
			return nil
		}
		word, err := strconv.Unquote(basic.Value)
		if err != nil {
			return nil
		}
		words = append(words, word)
	}
	return words
}
