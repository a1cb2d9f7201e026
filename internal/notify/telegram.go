package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// telegramLimit is how long a message may be, in UTF-16 units.
const telegramLimit = 4096

// Telegram sends messages by a bot to a chat.
type Telegram struct {
	url    string // with the token
	chat   string
	client *http.Client
	clean  redactor
}

// TelegramConfig names a bot and a chat.
type TelegramConfig struct {
	URL    string // of the Bot API, without the token
	Token  string
	Chat   string       // an id, or @name of a channel
	Client *http.Client // as of WebhookConfig
}

// NewTelegram makes a bot; errors never hold its token.
func NewTelegram(c TelegramConfig) (*Telegram, error) {
	if err := checkURL(c.URL); err != nil {
		return nil, err
	}
	if c.Token == "" || strings.ContainsAny(c.Token, "/?#% \r\n\t") {
		return nil, errors.New("the token is not one of a bot: it looks like 123456:AbC")
	}
	secrets := []string{c.Token}
	if _, key, ok := strings.Cut(c.Token, ":"); ok {
		secrets = append(secrets, key)
	}
	return &Telegram{
		url:  strings.TrimRight(c.URL, "/") + "/bot" + c.Token + "/sendMessage",
		chat: c.Chat, client: still(c.Client), clean: newRedactor(secrets, nil),
	}, nil
}

// Name is telegram.
func (t *Telegram) Name() string { return "telegram" }

// Send posts the subject and the text, cut to what a message takes.
func (t *Telegram) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(struct {
		Chat    string `json:"chat_id"`
		Text    string `json:"text"`
		NoPages bool   `json:"disable_web_page_preview"`
	}{t.chat, cutTo(m.Subject+"\n\n"+m.Text, telegramLimit), true})
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	a, err := post(ctx, t.client, t.url, nil, body)
	if err != nil {
		return t.clean.err(err)
	}
	var said struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if json.Unmarshal(a.body, &said) == nil && said.OK && a.status/100 == 2 {
		return nil
	}
	if a.status/100 == 2 && len(a.body) > 0 && !said.OK && said.Description == "" {
		// A long answer is cut: "ok" is its first key.
		if strings.HasPrefix(strings.ReplaceAll(string(a.body), " ", ""), `{"ok":true`) {
			return nil
		}
		said.Description = "not an answer of the Bot API"
	}
	if said.Parameters.RetryAfter > 0 {
		a.after = strconv.Itoa(said.Parameters.RetryAfter)
	}
	return t.clean.refusal(a, said.Description)
}
