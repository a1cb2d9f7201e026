package notify_test

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"syncd/internal/notify"
)

const botToken = "123456:AAc4n4ry-t0ken_of_a_bot"

func server(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func webhook(t *testing.T, s *httptest.Server, headers map[string]string) *notify.Webhook {
	t.Helper()
	w, err := notify.NewWebhook(notify.WebhookConfig{URL: s.URL + "/services/" + canary, Headers: headers, Client: s.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// holdsNone fails when an error, or any of its chain, shows a secret.
func holdsNone(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, secret := range secrets {
			if strings.Contains(e.Error(), secret) {
				t.Errorf("%T holds %q: %v", e, secret, e)
			}
		}
	}
}

func TestAWebhookGetsStableKeys(t *testing.T) {
	t.Parallel()
	var body string
	var header http.Header
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		body, header = string(text), r.Header
		w.WriteHeader(http.StatusNoContent)
	})
	if err := webhook(t, s, map[string]string{"Authorization": "Bearer " + canary}).Send(t.Context(), trouble); err != nil {
		t.Fatal(err)
	}
	const want = `{"type":"trouble","job":"clients","occasion":"halt","cause":"max_delete","since":"2026-11-22T11:00:00+03:00",` +
		`"text":"SYNC-0607","next":"syncd resume clients --allow max_delete=30","host":"srv1","version":"1.2.3","at":"2026-11-22T12:00:00+03:00"}`
	if body != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	if header.Get("Content-Type") != "application/json; charset=utf-8" || header.Get("Authorization") != "Bearer "+canary {
		t.Errorf("headers: %v", header)
	}
}

func TestAWebhookFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := 0
	other := server(t, func(http.ResponseWriter, *http.Request) { elsewhere++ })
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/"+canary, http.StatusTemporaryRedirect)
	})
	err := webhook(t, s, map[string]string{"X-Token": canary}).Send(t.Context(), trouble)
	if err == nil || !strings.Contains(err.Error(), "307") || elsewhere > 0 {
		t.Errorf("got %v, asked elsewhere %d times", err, elsewhere)
	}
	holdsNone(t, err, canary)
}

func TestAWebhookSaysWhatTheServerSaidWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "no access to "+r.RequestURI+" for "+r.Header.Get("Authorization")+", write to stranger@example.org")
	})
	err := webhook(t, s, map[string]string{"Authorization": "Bearer " + canary}).Send(t.Context(), trouble)
	if err == nil || !strings.Contains(err.Error(), "403 Forbidden: no access to ***") {
		t.Errorf("got %v", err)
	}
	holdsNone(t, err, canary, "stranger")

	gone := server(t, func(http.ResponseWriter, *http.Request) {})
	w := webhook(t, gone, nil)
	gone.Close()
	if err = w.Send(t.Context(), trouble); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a server that is down: %v", err)
	}
	holdsNone(t, err, canary, "/services", "Post")
}

func TestAWebhookTrustsOnlyACertificateOfItsServer(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it says that the client went away
	s.StartTLS()
	t.Cleanup(s.Close)
	w, err := notify.NewWebhook(notify.WebhookConfig{URL: s.URL + "/" + canary})
	if err != nil {
		t.Fatal(err)
	}
	if err = w.Send(t.Context(), trouble); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	holdsNone(t, err, canary)
}

func TestAURLThatIsNoneIsRefusedWithoutBeingShown(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", canary, "ftp://example.ru/" + canary, "https:///" + canary, "http://[" + canary} {
		_, err := notify.NewWebhook(notify.WebhookConfig{URL: url})
		if err == nil {
			t.Errorf("%s is taken", url)
		}
		holdsNone(t, err, canary)
	}
}

func bot(t *testing.T, s *httptest.Server) *notify.Telegram {
	t.Helper()
	b, err := notify.NewTelegram(notify.TelegramConfig{URL: s.URL + "/", Token: botToken, Chat: "-100123", Client: s.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABotSendsAMessageToItsChat(t *testing.T) {
	t.Parallel()
	var path string
	var got map[string]any
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		_ = json.NewDecoder(r.Body).Decode(&got)
		_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":7,"text":"`+strings.Repeat("x", 8<<10)+`"}}`)
	})
	long := trouble
	long.Text = strings.Repeat("а😀", 3000)
	if err := bot(t, s).Send(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	text, _ := got["text"].(string)
	if path != "/bot"+botToken+"/sendMessage" || got["chat_id"] != "-100123" || got["disable_web_page_preview"] != true || len(got) != 3 {
		t.Errorf("%s %v", path, got)
	}
	if n := len(utf16.Encode([]rune(text))); n > 4096 || n < 4094 || !strings.HasSuffix(text, "…") || strings.Contains(text, "\uFFFD") {
		t.Errorf("%d units, ends with %q", n, text[len(text)-8:])
	}
	if !strings.HasPrefix(text, trouble.Subject+"\n\nа") {
		t.Errorf("begins %q", text[:80])
	}
}

func TestABotWaitsAsLongAsTelegramAsks(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 37","parameters":{"retry_after":37}}`)
	})
	var later *notify.LaterError
	if err := bot(t, s).Send(t.Context(), trouble); !errors.As(err, &later) || later.After != 37*time.Second {
		t.Errorf("got %v", err)
	}
}

func TestNoErrorOfABotHoldsItsToken(t *testing.T) {
	t.Parallel()
	_, key, _ := strings.Cut(botToken, ":")
	for name, h := range map[string]http.HandlerFunc{
		"not found": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"ok":false,"error_code":404,"description":"no `+r.URL.Path+`"}`)
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x"+r.URL.Path, http.StatusFound) },
		"a page":   func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<html>"+r.URL.Path) },
		"ok false": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"ok":false}`) },
		"cut off":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		s := server(t, h)
		err := bot(t, s).Send(t.Context(), trouble)
		if err == nil {
			t.Errorf("%s: taken", name)
		}
		holdsNone(t, err, botToken, key)
	}
	for _, token := range []string{"", canary + "/x", "a b"} {
		_, err := notify.NewTelegram(notify.TelegramConfig{URL: "https://api.telegram.org", Token: token})
		if err == nil {
			t.Errorf("%q is taken", token)
		}
		holdsNone(t, err, canary)
	}
}
