package emulator

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ofV1 reads a request as the scripts of API v1 do: query and form together,
// whatever the Content-Type says; the action is a parameter.
func (q request) ofV1(r *http.Request, o Options) request {
	q.tooLong = len(r.URL.RequestURI()) > longestURL
	body := q.body
	if o.MaxPost >= 0 && int64(len(body)) > o.MaxPost {
		body = nil
	}
	q.params = formParams(r, body, o.MaxVars)
	q.key, q.login = q.params.get("apikey"), q.params.get("login")
	q.action = cast(q.params.get("action"))
	var b strings.Builder
	writePlain(&b, "", q.params)
	q.plain = b.String()
	return q
}

// longestURL is what web servers take as they come.
const longestURL = 8190

func writePlain(b *strings.Builder, prefix string, a *array) {
	for _, k := range a.keys {
		name := k
		if prefix != "" {
			name = prefix + "[" + k + "]"
		}
		if inner, ok := a.vals[k].(*array); ok {
			writePlain(b, name, inner)
			continue
		}
		if name != "apikey" {
			b.WriteString(name + "=" + cast(a.vals[k]) + "\n")
		}
	}
}

// dispatchV1 runs a script of API v1.
func (c *call) dispatchV1() (answer, error) {
	q := c.req
	if q.method != "client" && q.method != "contract" {
		return c.unmodelled(), nil
	}
	if q.tooLong {
		return answer{raw: []byte("<html><head><title>414 Request-URI Too Long</title></head></html>\n"), status: http.StatusRequestURITooLong, contentType: "text/html"}, nil
	}
	if err := c.cleanV1(); err != nil {
		return answer{}, err
	}
	refused, err := c.authoriseV1()
	if err != nil || refused != nil {
		return answer{value: refused}, err
	}
	script := c.clientV1
	if q.method == "contract" {
		script = c.contract
	}
	a, known, err := script()
	if !known && err == nil {
		return answer{value: errorV1(402, "Неизвестный метод")}, nil
	}
	return a, err
}

// cleanV1 is what the scripts do to all parameters at first; PHP 8 stops at an
// array. That of deals decodes once more.
func (c *call) cleanV1() error {
	p := c.req.params
	for _, k := range p.keys {
		switch v := p.vals[k].(type) {
		case *array:
			if !c.s.d.arrays {
				return c.fatalV1("trim(): Argument #1 ($string) must be of type string, array given", "27")
			}
		case string:
			if c.req.method == "contract" && k != "invoice" {
				p.set(k, urldecode(v))
			}
		}
	}
	return nil
}

// urldecode leaves what is no escape as it is, as PHP does.
func urldecode(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		if s[i] == '+' {
			b.WriteByte(' ')
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// fatalV1 is the end of a script that PHP 8 does not run.
func (c *call) fatalV1(message, line string) error {
	return &fatal{class: "TypeError", message: message, file: "/srv/crm/developer/v1/" + c.req.method + ".php", line: line}
}

// authoriseV1 finds the account by the key, then the login.
func (c *call) authoriseV1() (refused any, err error) {
	key, err := pasted(cast(c.req.params.get("apikey")), "'") // as the script has decoded it
	if err != nil {
		return nil, err
	}
	name, err := pasted(cast(c.req.params.get("login")), "' and identity = '1'")
	if err != nil {
		return nil, err
	}
	if foldKey(key) != foldKey(c.s.opt.Key) {
		return failureV1(400, "Не верный API key"), nil
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	user, ok := c.s.db.login(name)
	if !ok {
		return failureV1(401, "Неизвестный пользователь"), nil
	}
	c.user = user
	return nil, nil
}

// failureV1 is an error of v1: the code is a string.
func failureV1(code int, text string) object {
	return append(object{{"result", "Error"}}, errorV1(code, text)...)
}

// errorV1 is an error without a result, which v1 answers here and there.
func errorV1(code int, text string) object {
	return object{{"error", object{{"code", strconv.Itoa(code)}, {"text", text}}}}
}

// insertErrorV1 is a query that died inside of the scripts' own handler.
func insertErrorV1(message string) object {
	return failureV1(500, "Ошибка"+message+" в строке 1054")
}

// offsetV1 is the first row of the page asked for.
func offsetV1(p *array, rows int) int {
	offset := max(integer(p.get("offset")), 0)
	if offset > int64(rows)/pageSize {
		return rows
	}
	return min(int(offset)*pageSize, rows)
}

// askedFields are the names that the request asks for, as far as they are
// known: all when it asks for none.
func askedFields(p *array, known, all []string) []string {
	asked := cast(p.get("fields"))
	if asked == "" {
		return all
	}
	var names []string
	for name := range strings.SplitSeq(asked, ",") {
		for _, k := range known {
			if k == name {
				names = append(names, name)
				break
			}
		}
	}
	return names
}
