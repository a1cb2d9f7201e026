package crmapi_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"gopkg.in/yaml.v3"

	"syncd/internal/crmapi"
)

func TestASecretPrintsStarsEverywhere(t *testing.T) {
	t.Parallel()
	secret := crmapi.NewSecret(testKey)
	holder := struct {
		S      crmapi.Secret
		P      *crmapi.Secret
		hidden crmapi.Secret
		M      map[string]crmapi.Secret
	}{secret, &secret, secret, map[string]crmapi.Secret{"k": secret}}
	cfg := crmapi.Config{BaseURL: "https://h", Login: "l", APIKey: secret}
	c, err := crmapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, v := range []any{secret, &secret, holder, &holder, cfg, c, *c, []crmapi.Secret{secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			_, _ = fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, f := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal, xml.Marshal} {
		b, _ := f(secret)
		out.Write(b)
	}
	b, _ := json.Marshal(holder)
	out.Write(b)
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel))
	log.Info("x", zap.Any("a", secret), zap.Reflect("b", holder), zap.Stringer("c", secret), zap.Any("d", cfg.APIKey), zap.String("e", fmt.Sprint(c)))
	got := out.String()
	hexed := fmt.Sprintf("%x", testKey)
	if strings.Contains(got, testKey) || strings.Contains(got, hexed) {
		t.Errorf("the key shows in\n%s", got)
	}
	if n := strings.Count(got, "***"); n < 40 {
		t.Errorf("only %d masks", n)
	}
	if secret.Reveal() != testKey || secret.Empty() || !(crmapi.Secret{}).Empty() {
		t.Error("the secret itself is lost")
	}
}

// errorText is everything an error can show.
func errorText(err error) string {
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		_, _ = fmt.Fprintf(&b, verb+"\n", err)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		_, _ = fmt.Fprintf(&b, "%T %v %+v\n", e, e, e)
		var crm *crmapi.Error
		if errors.As(e, &crm) {
			b.WriteString(crm.Text + "\n")
		}
	}
	return b.String()
}

func TestTheKeyIsInNoErrorHoweverTheServerEchoesIt(t *testing.T) {
	t.Parallel()
	escaped, _ := json.Marshal("<b>" + testKey + "</b> clid")
	for name, h := range map[string]func(http.ResponseWriter){
		"error text": func(w http.ResponseWriter) {
			_, _ = fmt.Fprintf(w, `{"result":"Error","error":{"code":500,"text":%s}}`, escaped)
		},
		"HTML":           func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<b>Fatal</b> key='"+testKey+"'") },
		"cut by a limit": func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat("<br>", 1998)+testKey) },
		"redirect":       func(w http.ResponseWriter) { w.Header().Set("Location", "http://h/?k="+testKey); w.WriteHeader(302) },
		"redirect's host": func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://"+testKey+".example.org/")
			w.WriteHeader(302)
		},
		"status 500":     func(w http.ResponseWriter) { w.WriteHeader(500); _, _ = io.WriteString(w, testKey) },
		"result":         func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"result":"`+testKey+`"}`) },
		"URL in HTML":    func(w http.ResponseWriter) { _, _ = io.WriteString(w, "/?apikey="+url.QueryEscape(testKey)) },
		"malformed HTTP": func(w http.ResponseWriter) { hijack(t, w, []byte("HTTP/1.1 "+testKey+"\r\n\r\n")) },
		"bad header":     func(w http.ResponseWriter) { hijack(t, w, []byte("HTTP/1.1 200 OK\r\n"+testKey+"\r\n\r\n")) },
		"hang up":        func(w http.ResponseWriter) { hijack(t, w, nil) },
	} {
		s := serve(t, func(w http.ResponseWriter, _ int) { h(w) })
		c := client(t, s.URL)
		a, err := c.Add(t.Context(), titled("a"))
		_, err2 := c.Update(t.Context(), 1, titled("a"))
		_, err3 := c.List(t.Context(), crmapi.ListQuery{})
		if err == nil {
			err = a.Err
		}
		if err == nil || err2 == nil {
			t.Errorf("%s: no error", name)
		}
		all := errorText(err) + errorText(err2) + errorText(err3)
		if strings.Contains(all, testKey) || strings.Contains(all, url.QueryEscape(testKey)) || strings.Contains(all, testKey[:7]) && name == "cut by a limit" {
			t.Errorf("%s: the key shows in\n%s", name, all)
		}
	}
	for _, base := range []string{"http://127.0.0.1:1", "https://crm.invalid"} {
		_, err := client(t, base).Add(t.Context(), titled("a"))
		if all := errorText(err); err == nil || strings.Contains(all, testKey) || strings.Contains(all, url.QueryEscape(testLogin)) {
			t.Errorf("%s: %s", base, all)
		}
	}
}

// The CRM quotes names and values in its texts. They are in Text, for the state;
// never in the error's own words, which are logged.
func TestErrorStringsCarryNoValues(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"add_dup_same", "v1_dup", "add_list_badrow", "add_nobody"} {
		a, err := client(t, replay(t, capture(t, name)).URL).Add(t.Context(), titled("Пробный клиент 2024.1"))
		if err == nil {
			err = a.Err
		}
		var e *crmapi.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		if msg := err.Error(); strings.Contains(msg, "клиент") || strings.Contains(msg, "Ромашка") || strings.Contains(msg, "SQL") {
			t.Errorf("%s: %s", name, msg)
		}
		if e.Text == "" || strings.ContainsAny(e.Text, "<>\n") || len([]rune(e.Text)) > 501 {
			t.Errorf("%s: text %q", name, e.Text)
		}
	}
}
