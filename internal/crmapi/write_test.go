package crmapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
)

func TestAddUnderstandsEveryAnswer(t *testing.T) {
	t.Parallel()
	const (
		created, existing = crmapi.AddCreated, crmapi.AddExisting
		refused, unknown  = crmapi.AddRefused, crmapi.AddUnknown
	)
	for name, tc := range map[string]struct {
		body    string
		outcome crmapi.AddOutcome // 0 = the call fails as unknown
		clid    int64
		code    int
	}{
		"created":                        {`{"result":"Успешно","data":4}`, created, 4, 0},
		"created, id as text":            {`{"data":"4","result":"Успешно."}`, created, 4, 0},
		"created, empty error":           {`{"result":"Успешно","data":4,"error":""}`, created, 4, 0},
		"created, error as empty list":   {`{"result":"Успешно","data":4,"error":[]}`, created, 4, 0},
		"created, error null":            {`{"data":4,"error":null}`, created, 4, 0},
		"created, blanks around":         {" \r\n{\"data\":4}\n", created, 4, 0},
		"success without id":             {`{"result":"Успешно"}`, unknown, 0, 0},
		"success with id 0":              {`{"result":"","data":0,"error":""}`, unknown, 0, 0},
		"success with id false":          {`{"result":"Успешно","data":false}`, unknown, 0, 0},
		"duplicate, real":                {string(captureBody(t, "add_dup_same")), existing, 1, 304},
		"duplicate, v2":                  {string(captureBody(t, "v2_dup")), existing, 2, 304},
		"duplicate, old: only the text":  {string(captureBody(t, "v1_dup")), existing, 4, 406},
		"duplicate, documented":          {`{"result":"Error","data":6274,"error":{"code":406,"text":"x"}}`, existing, 6274, 406},
		"duplicate, documented, as text": {`{"result":"Error","data":"6274","error":{"code":"406"}}`, existing, 6274, 406},
		"duplicate without result":       {`{"data":6274,"error":{"code":406,"text":"x"}}`, existing, 6274, 406},
		"duplicate without code":         {`{"result":"Error","exists":12}`, existing, 12, 0},
		"duplicate that names nobody":    {`{"result":"Error","error":{"code":304,"text":"x"}}`, existing, 0, 304},
		"no title":                       {string(captureBody(t, "add_notitle")), refused, 0, 402},
		"parameters missing":             {`{"result":"Error","error":{"code":405}}`, refused, 0, 405},
		"code 500, after the insert":     {`{"result":"Error","error":{"code":500,"text":"x"}}`, unknown, 0, 500},
		"code nobody knows":              {`{"result":"Error","error":{"code":777,"text":"x"}}`, unknown, 0, 777},
		"error without code":             {`{"result":"Error"}`, unknown, 0, 0},
		"error as text":                  {`{"data":4,"error":"oops"}`, unknown, 0, 0},
		"key twice":                      {`{"data":4,"data":5}`, unknown, 0, 0},
		"keys in another case":           {`{"Data":4,"RESULT":"Успешно"}`, unknown, 0, 0},
		"stray key in another case":      {`{"data":4,"Error":{"code":405}}`, created, 4, 0},
		"escapes":                        {`{"result":"Error","error":{"code":304,"text":"\u041d\u0430\u0439\u0434\u0435\u043d a\/b (CLID = 9)"}}`, existing, 9, 304},
		"PHP warning before":             {"<br />\n<b>Warning</b>: x<br />\n" + `{"result":"Успешно","data":4}`, 0, 0, 0},
		"HTML after":                     {`{"result":"Успешно","data":4}<br />`, 0, 0, 0},
		"two values":                     {`{"data":4}{"data":5}`, 0, 0, 0},
		"BOM":                            {"\ufeff" + `{"data":4}`, 0, 0, 0},
		"empty":                          {``, 0, 0, 0},
		"blank":                          {" \n", 0, 0, 0},
		"a list":                         {`[{"data":4}]`, unknown, 0, 0},
		"null":                           {`null`, 0, 0, 0},
		"a number":                       {`4`, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := client(t, answer(t, tc.body).URL).Add(t.Context(), titled("Ромашка"))
			if tc.outcome == 0 {
				var e *crmapi.Error
				if !errors.As(err, &e) || e.Class != crmapi.ClassUnknown || !e.InDoubt() {
					t.Fatalf("want unknown, got %+v, %v", got, err)
				}
				return
			}
			if err != nil || got.Outcome != tc.outcome || got.CLID != tc.clid {
				t.Fatalf("%+v, %v; want outcome %d, clid %d", got, err, tc.outcome, tc.clid)
			}
			if (got.Err == nil) != (tc.outcome == created) {
				t.Errorf("Err %v", got.Err)
			}
			if got.Err != nil && (got.Err.Code != tc.code || got.Err.InDoubt() != (tc.outcome == unknown)) {
				t.Errorf("Err %v", got.Err)
			}
		})
	}
}

func TestAddListAnswersInOrder(t *testing.T) {
	t.Parallel()
	in := make([]crmapi.ClientInput, 5)
	for i := range in {
		in[i] = titled(fmt.Sprint("t", i))
	}
	got, err := client(t, replay(t, capture(t, "add_list")).URL).AddList(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var short []string
	for _, a := range got {
		short = append(short, fmt.Sprint(a.Outcome, " ", a.CLID))
	}
	if d := cmp.Diff([]string{"1 7", "1 8", "2 7", "2 3", "1 9"}, short); d != "" {
		t.Error(d)
	}
}

func TestAddListOfTheWrongLengthIsUnknown(t *testing.T) {
	t.Parallel()
	in := []crmapi.ClientInput{titled("a"), titled("b")}
	for name, tc := range map[string]struct {
		body string
		want crmapi.Class // 0 = understood
	}{
		"short":                 {`[{"data":1}]`, crmapi.ClassUnknown},
		"long":                  {`[{"data":1},{"data":2},{"data":3}]`, crmapi.ClassUnknown},
		"empty":                 {`[]`, crmapi.ClassUnknown},
		"empty object":          {`{}`, crmapi.ClassUnknown},
		"one object":            {`{"data":1,"result":"Успешно"}`, crmapi.ClassUnknown},
		"one error":             {`{"result":"Error","error":{"code":500}}`, crmapi.ClassUnknown},
		"numbered keys":         {`{"0":{"data":1},"1":{"data":2}}`, 0},
		"keys in another order": {`{"1":{"data":1},"0":{"data":2}}`, crmapi.ClassUnknown},
		"keys that are no list": {`{"a":{"data":1},"b":{"data":2}}`, crmapi.ClassUnknown},
		"key refused":           {`{"result":"Error","error":{"code":400}}`, crmapi.ClassAuth},
		"an element is null":    {`[{"data":1},null]`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := client(t, answer(t, tc.body).URL).AddList(t.Context(), in)
			if class(err) != tc.want || (tc.want == 0) != (err == nil) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if err != nil && got != nil {
				t.Error("answers beside an error")
			}
			if name == "an element is null" && (got[0].Outcome != crmapi.AddCreated || got[1].Outcome != crmapi.AddUnknown) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestABatchOfOneMayBeAnsweredAsOne(t *testing.T) {
	t.Parallel()
	got, err := client(t, replay(t, capture(t, "add_dup_same")).URL).AddList(t.Context(), []crmapi.ClientInput{titled("a")})
	if err != nil || len(got) != 1 || got[0].Outcome != crmapi.AddExisting || got[0].CLID != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A write is answered by all of its answer or not at all.
func TestATruncatedAnswerOfAWriteIsUnknownAtEveryByte(t *testing.T) {
	t.Parallel()
	in := make([]crmapi.ClientInput, 5)
	for i := range in {
		in[i] = titled(fmt.Sprint("t", i))
	}
	body := captureBody(t, "add_list")
	c := client(t, "http://crm.test", over(cutting(body)))
	for cut := range body {
		_, err := c.AddList(t.Context(), in)
		if class(err) != crmapi.ClassUnknown {
			t.Fatalf("cut at byte %d of %d: %v", cut, len(body), err)
		}
	}
	if got, err := c.AddList(t.Context(), in); err != nil || got[0].CLID != 7 {
		t.Fatalf("whole answer: %+v, %v", got, err)
	}
}

func TestUpdateUnderstandsEveryAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body string
		clid int64
		want crmapi.UpdateAnswer
		err  crmapi.Class
	}{
		"changed":            {string(captureBody(t, "upd_ok")), 1, crmapi.UpdateAnswer{CLID: 1, HistoryID: 7, Recv: true}, 0},
		"same, recv sent":    {string(captureBody(t, "upd_same")), 1, crmapi.UpdateAnswer{CLID: 1, Recv: true}, 0},
		"same":               {string(captureBody(t, "upd_same_norecv")), 1, crmapi.UpdateAnswer{CLID: 1, Noop: true}, 0},
		"only recv":          {string(captureBody(t, "upd_recv_only")), 3, crmapi.UpdateAnswer{CLID: 3, Recv: true}, 0},
		"same, code 302":     {`{"result":"x","data":"2","error":{"code":302}}`, 2, crmapi.UpdateAnswer{CLID: 2, Noop: true}, 0},
		"another client":     {`{"data":8,"hid":7,"result":"Успешно"}`, 9, crmapi.UpdateAnswer{}, crmapi.ClassUnknown},
		"no id":              {`{"result":"Успешно"}`, 9, crmapi.UpdateAnswer{}, crmapi.ClassUnknown},
		"list":               {`[]`, 9, crmapi.UpdateAnswer{}, crmapi.ClassUnknown},
		"code 500":           {`{"result":"Error","error":{"code":500}}`, 9, crmapi.UpdateAnswer{}, crmapi.ClassUnknown},
		"parameters missing": {`{"result":"Error","error":{"code":"405"}}`, 9, crmapi.UpdateAnswer{}, crmapi.ClassRefused},
		"406 is no duplicate": {
			`{"result":"Error","data":4,"error":{"code":406}}`, 9, crmapi.UpdateAnswer{}, crmapi.ClassUnknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := client(t, answer(t, tc.body).URL).Update(t.Context(), tc.clid, titled("x"))
			if got != tc.want || class(err) != tc.err || (tc.err == 0) != (err == nil) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s := replay(t, capture(t, "del_ok"))
	got, err := client(t, s.URL).Delete(t.Context(), 5)
	if err != nil || got.CLID != 5 || strings.ContainsAny(got.Message, "<>") || !strings.HasPrefix(got.Message, "Успешно: Клиент удален. Также") {
		t.Errorf("%+v, %v", got, err)
	}
	if body := s.requests()[0].Body; body != `{"clid":5}` {
		t.Errorf("sent %s", body)
	}
	// The old code of "has deals" is add's code of a duplicate.
	_, err = client(t, answer(t, `{"result":"Error","error":{"code":"406"}}`).URL).Delete(t.Context(), 5)
	if class(err) != crmapi.ClassHasDeals {
		t.Error(err)
	}
}

func TestRequestsOnTheWire(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	in := crmapi.ClientInput{
		UID: "abc", User: "m@example.org",
		Fields: []crmapi.FieldInput{
			{Key: "title", Text: "ООО \"Ром\\ашка\"\n\t<b>"},
			{Key: "phone", List: []string{"+7 1", "8 2"}},
			{Key: "des", Text: ""},
			{Key: "fax", List: []string{}},
		},
		Recv: []crmapi.FieldInput{{Key: "castInn", Text: "5904000001"}, {Key: "castKpp", Text: ""}},
	}
	member := `"uid":"abc","user":"m@example.org","title":"ООО \"Ром\\ашка\"\n\u0009<b>","phone":["+7 1","8 2"],"des":"","fax":[],` +
		`"recv":{"castInn":"5904000001","castKpp":""}}`
	s := answer(t, `{}`)
	c := client(t, s.URL+"/")
	_, _ = c.Fields(ctx)
	_, _ = c.Me(ctx)
	_, _ = c.List(ctx, crmapi.ListQuery{})
	_, _ = c.List(ctx, crmapi.ListQuery{
		Page: 2, Order: "date_create", Fields: []string{"title", "uid"}, BankInfo: true, ChangedFrom: "2026-01-02 03:04:05",
		ChangedTo: "2026-02-03", CreatedFrom: "2025-01-01", CreatedTo: "2025-02-01", UserID: 7, Word: "Ромашка", Trash: crmapi.TrashOnly,
	})
	_, _ = c.List(ctx, crmapi.ListQuery{Trash: crmapi.TrashWithout})
	_, _ = c.InfoByCLID(ctx, 4, true)
	_, _ = c.InfoByUID(ctx, "abc", false)
	_, _ = c.InfoByINN(ctx, "5904000001", true)
	_, _ = c.Add(ctx, in)
	_, _ = c.AddList(ctx, []crmapi.ClientInput{in, titled("b")})
	_, _ = c.Update(ctx, 9, crmapi.ClientInput{UserID: 3, Fields: []crmapi.FieldInput{{Key: "des", Text: "x"}}})
	_, _ = c.Relations(ctx)

	want := []wire{
		{URI: "client/fields", Body: `{}`},
		{URI: "user/info", Body: `{"user":"sync@example.org"}`},
		{URI: "client/list", Body: `{"offset":0,"order":"clid"}`},
		{URI: "client/list", Body: `{"offset":2,"order":"date_create","fields":"clid,title,uid","bankinfo":true,` +
			`"dateChangeStart":"2026-01-02 03:04:05","dateChangeEnd":"2026-02-03","dateStart":"2025-01-01","dateEnd":"2025-02-01",` +
			`"iduser":7,"word":"Ромашка","filter":{"trash":true}}`},
		{URI: "client/list", Body: `{"offset":0,"order":"clid","filter":{"trash":"0"}}`},
		{URI: "client/info", Body: `{"clid":4,"bankinfo":true}`},
		{URI: "client/info", Body: `{"uid":"abc"}`},
		{URI: "client/info", Body: `{"inn":"5904000001","bankinfo":true}`},
		{URI: "client/add", Body: `{` + member},
		{URI: "client/add.list", Body: `{"client":[{` + member + `,{"title":"b"}]}`},
		{URI: "client/update", Body: `{"clid":9,"iduser":3,"des":"x"}`},
		{URI: "guides/relations", Body: `{}`},
	}
	got := s.requests()
	if len(got) != len(want) {
		t.Fatalf("%d requests, want %d", len(got), len(want))
	}
	for i, r := range got {
		if r.Method != http.MethodPost || r.URI != "/developer/v3/"+want[i].URI || r.Body != want[i].Body {
			t.Errorf("%d: %s %s %s\nwant %s %s", i, r.Method, r.URI, r.Body, want[i].URI, want[i].Body)
		}
		h := r.Header
		if ct := h["Content-Type"]; len(ct) != 1 || ct[0] != "application/json" || h.Get("Apikey") != testKey || h.Get("Login") != testLogin {
			t.Errorf("%d: header %v", i, h)
		}
		if len(h["Idempotency-Key"])+len(h["X-Idempotency-Key"])+len(h["Cookie"]) != 0 {
			t.Errorf("%d: header %v", i, h)
		}
	}
}

func TestWhatWouldBreakTheCRMIsNotSent(t *testing.T) {
	t.Parallel()
	field := func(key, text string) crmapi.ClientInput {
		in := titled("t")
		in.Fields = append(in.Fields, crmapi.FieldInput{Key: key, Text: text})
		return in
	}
	s := answer(t, `[{"data":1}]`)
	c := client(t, s.URL)
	for name, in := range map[string]crmapi.ClientInput{
		"no title":                {UID: "a"},
		"empty title":             titled("  "),
		"apostrophe in mail_url":  field("mail_url", "o'b@example.org"),
		"backslash in mail_url":   field("mail_url", `o\@example.org`),
		"apostrophe in category":  field("idcategory", "a'b"),
		"apostrophe in source":    field("clientpath", "a'b"),
		"apostrophe in uid":       {UID: "a'b", Fields: titled("t").Fields},
		"uid of 31 characters":    {UID: strings.Repeat("я", 31), Fields: titled("t").Fields},
		"apostrophe in user":      {User: "a'b", Fields: titled("t").Fields},
		"action overrides a path": field("action", "delete"),
		"clid":                    field("clid", "1"),
		"key with a quote":        field(`a"b`, "x"),
		"field twice":             field("title", "u"),
		"requisite unknown":       {Fields: titled("t").Fields, Recv: []crmapi.FieldInput{{Key: "inn", Text: "1"}}},
	} {
		a, err := c.Add(t.Context(), in)
		if err != nil || a.Outcome != crmapi.AddRefused || !a.Err.Local || a.Err.Class != crmapi.ClassRefused {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	for name, err := range map[string]error{
		"uid":  second(c.InfoByUID(t.Context(), "a' or 1", false)),
		"long": second(c.InfoByUID(t.Context(), "0f8fad5b-d9cb-469f-a165-70867728950e", false)),
		"inn":  second(c.InfoByINN(t.Context(), "1'", false)),
		"clid": second(c.InfoByCLID(t.Context(), 0, false)),
		"word": second(c.List(t.Context(), crmapi.ListQuery{Word: "o'b"})),
		"ord":  second(c.List(t.Context(), crmapi.ListQuery{Order: "clid;--"})),
		"date": second(c.List(t.Context(), crmapi.ListQuery{CreatedFrom: "01.02.2026"})),
		"half": second(c.List(t.Context(), crmapi.ListQuery{ChangedFrom: "2026-01-01"})),
		"upd":  second(c.Update(t.Context(), 0, titled("x"))),
		"del":  second(c.Delete(t.Context(), -1)),
	} {
		var e *crmapi.Error
		if !errors.As(err, &e) || e.Class != crmapi.ClassRefused || !e.Local {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Fatalf("%d requests left", n)
	}
	// In a batch the others go, and keep their places.
	got, err := c.AddList(t.Context(), []crmapi.ClientInput{field("mail_url", "o'b"), titled("good")})
	if err != nil || got[0].Outcome != crmapi.AddRefused || got[1].Outcome != crmapi.AddCreated {
		t.Errorf("%+v, %v", got, err)
	}
	if body := s.requests()[0].Body; body != `{"client":[{"title":"good"}]}` {
		t.Errorf("sent %s", body)
	}
}

func second[T any](_ T, err error) error { return err }
