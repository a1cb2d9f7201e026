package crmapi

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Dialect is the version of the API in which clients are spoken of.
type Dialect string

// The dialects. V1 is the API of older servers: everything is a parameter of a
// form, the key too, and much that V3 has is missing: see Traits.
const (
	V3 Dialect = "v3"
	V1 Dialect = "v1"
)

// ErrNotInDialect is the cause of an error of ClassRefused for what the dialect, or
// this server in it, cannot do. Nothing was sent.
var ErrNotInDialect = errors.New("the dialect of the CRM's API cannot do that")

func notInDialect(action string) *Error { return refusal(action, ErrNotInDialect) }

// speaksV1 reports whether clients are spoken of in V1.
func (c *Client) speaksV1() bool { return c.cfg.Dialect == V1 }

// The limits of a request of API v1: those of PHP as it comes (max_input_vars), of
// a web server as it comes (a body of 1 MiB, a URL of 8190 bytes).
const (
	formVars  = 1000
	formBytes = 1 << 20
	urlBytes  = 7500
)

// form collects parameters as PHP reads them. The first variables are those that
// address adds: a server that drops what is too much drops the last.
type form struct {
	b    []byte
	vars int
}

func (f *form) add(key, value string) {
	if len(f.b) > 0 {
		f.b = append(f.b, '&')
	}
	f.vars++
	f.b = append(f.b, url.QueryEscape(key)...)
	f.b = append(f.b, '=')
	f.b = append(f.b, url.QueryEscape(strings.ToValidUTF8(value, "\ufffd"))...)
}

func (f *form) addIf(key, value string) {
	if value != "" {
		f.add(key, value)
	}
}

func (f *form) num(key string, v int64) { f.add(key, strconv.FormatInt(v, 10)) }

// in is name[key], an element of a PHP array.
func in(name, key string) string { return name + "[" + key + "]" }

// fits tells whether a request may carry what is in f.
func (c *Client) fits(f *form) bool {
	const own = 3 // login, key and action
	return f.vars+own <= c.cfg.FormVars && len(f.b)+len(c.ownParams("contract", "addpaimentpart")) <= c.cfg.FormBytes
}

// ownParams are the parameters that every request of API v1 begins with.
func (c *Client) ownParams(script, action string) string {
	escape := url.QueryEscape
	if script == "contract" {
		escape = func(s string) string { return url.QueryEscape(escapeScalar(s)) }
	}
	return "login=" + escape(c.login) + "&apikey=" + escape(c.key.Reveal()) + "&action=" + escape(action)
}

// addressV1 makes "client/list" the script client with the parameter list.
func (c *Client) addressV1(r request) addressed {
	script, action, _ := strings.Cut(r.action, "/")
	params := []byte(c.ownParams(script, action))
	if len(r.body) > 0 {
		params = append(append(params, '&'), r.body...)
	}
	to := addressed{method: http.MethodPost, url: c.base + "v1/" + script, body: params, header: http.Header{
		"Accept":     {"application/json, text/html"}, // it calls its JSON HTML
		"User-Agent": {"syncd"},
	}}
	if c.cfg.FormGET {
		to.method, to.url, to.body = http.MethodGet, to.url+"?"+string(params), nil
		return to
	}
	to.header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	return to
}

var errTooMuch = errors.New("is more than one request of API v1 may carry")

// The server passes every parameter through a cleaner of its own and pastes the
// result into its SQL: an apostrophe becomes an entity, whose semicolon shifts the
// requisites, and a backslash is an escape. What people see stays the same.
var (
	cleanerName = strings.NewReplacer(`"`, "", "'", "", "`", "", "«", "", "»", "", `\`, "")
	cleanerText = strings.NewReplacer(`"`, "”", "'", "’", "«", "”", "»", "”", `\`, "/")
	cleanerRecv = strings.NewReplacer(`"`, "”", "'", "’", `\`, "/", ";", ",")
)

// textV1 is a value as it is sent.
func textV1(key, s string) string {
	switch key {
	case "title", "idcategory", "territory", "clientpath", "tip_cmr":
		return cleanerName.Replace(s)
	case "type":
		if s == "partner" {
			return "parnter" // the only spelling that the server keeps
		}
		return s
	}
	return cleanerText.Replace(s)
}
