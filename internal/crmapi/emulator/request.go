package emulator

import (
	"bytes"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// request is a request as the server's entry script understands it.
type request struct {
	version string // v1, v2, v3; "" outside the API
	method  string // the script: client, user, guides, …
	action  string
	params  *array // nil when the body is not a JSON array or object
	key     any
	login   any
	json    bool
	body    []byte
	plain   string // v1: the parameters but the key, decoded, "name=value" a line
	tooLong bool   // v1: the URL is longer than a web server takes
}

// name is how plans and history call what is asked for: the action alone for
// clients (of v1 too), method/action for the rest.
func (q request) name() string {
	if q.method == "client" {
		return q.action
	}
	return q.method + "/" + q.action
}

// write tells whether the request changes the CRM's records.
func (q request) write() bool {
	switch q.name() {
	case "add", "add.list", "addlist", "update", "delete", "change.user",
		"contract/add", "contract/update", "contract/changestep", "contract/close", "contract/delete",
		"contract/addinvoice", "contract/addpaiment", "contract/addpaimentpart",
		"deal/add", "deal/update", "deal/close", "deal/change.step", "deal/delete",
		"invoice/add", "invoice/do", "invoice/express",
		"person/add", "person/add.list", "person/update", "person/delete":
		return q.version == "v1" || q.version == "v3"
	default:
		return false
	}
}

// parse reads a request: JSON only with the exact Content-Type, otherwise query
// and form, where the authorisation headers do not count.
func (s *Server) parse(r *http.Request, body []byte) request {
	q := request{method: "client", body: body}
	parts := strings.Split(strings.Trim(r.URL.Path, " /"), "/")
	if len(parts) > 1 && parts[0] == "developer" && (parts[1] == "v1" || parts[1] == "v2" || parts[1] == "v3") {
		q.version = parts[1]
	}
	if len(parts) > 2 && parts[2] != "" && parts[2] != "0" {
		q.method = parts[2]
	}
	if len(parts) > 3 {
		q.action = parts[3]
	}
	q.json = r.Header.Get("Content-Type") == "application/json" && q.version != "v1"
	if q.version == "v1" {
		return q.ofV1(r, s.opt)
	}
	if q.json {
		q.params, _ = decodeJSON(body).(*array)
		q.key, q.login = header(r, "Apikey"), header(r, "Login")
	} else {
		q.params = formParams(r, body, -1)
		q.key, q.login = q.params.get("apikey"), q.params.get("login")
	}
	if q.key == nil && q.params.get("apikey") != nil {
		q.key, q.login = q.params.get("apikey"), q.params.get("login")
	}
	if a := q.params.get("action"); truthy(a) {
		q.action = cast(a)
	}
	return q
}

func header(r *http.Request, name string) any {
	if v := r.Header.Values(name); len(v) > 0 {
		return v[0]
	}
	return nil
}

// formParams is $_REQUEST with the scalars cleaned; the body counts for POST
// only. Query and body may have limit variables each, negative: any number.
func formParams(r *http.Request, body []byte, limit int) *array {
	params := newArray()
	addForm(params, r.URL.RawQuery, limit)
	if r.Method != http.MethodPost {
		return params
	}
	kind, attrs, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
	case kind == "application/x-www-form-urlencoded":
		addForm(params, string(body), limit)
	case kind == "multipart/form-data":
		addMultipart(params, body, attrs["boundary"])
	}
	return params
}

func addForm(params *array, encoded string, limit int) {
	n := 0
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		if n++; limit >= 0 && n > limit {
			return
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			key = k
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			value = v
		}
		addParam(params, key, value)
	}
}

func addMultipart(params *array, body []byte, boundary string) {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(bodyLimit)
	if err != nil {
		return
	}
	for key, values := range form.Value {
		for _, v := range values {
			addParam(params, key, v)
		}
	}
}

// addParam puts name[a][]=v where PHP would; only scalars at the top are
// cleaned.
func addParam(params *array, name, value string) {
	top, rest, nested := strings.Cut(name, "[")
	top = strings.NewReplacer(".", "_", " ", "_").Replace(top)
	if !nested {
		params.set(top, cleanForm(value))
		return
	}
	inner, ok := params.get(top).(*array)
	if !ok {
		inner = newArray()
		params.set(top, inner)
	}
	keys := strings.Split(strings.TrimSuffix(rest, "]"), "][")
	for i, key := range keys {
		if key == "" {
			key = strconv.Itoa(inner.len())
		}
		if i == len(keys)-1 {
			inner.set(key, value)
			return
		}
		next, ok := inner.get(key).(*array)
		if !ok {
			next = newArray()
			inner.set(key, next)
		}
		inner = next
	}
}
