package notify

import (
	"strings"
	"time"
)

// Message is one word to people. Subject is one line; Text may have several.
// Neither holds personal data or a secret.
type Message struct {
	Subject string
	Text    string
	Event   Event
}

// Type says what an event is.
type Type string

// The types of events.
const (
	TypeTrouble   Type = "trouble"
	TypeRecovered Type = "recovered"
	TypeDigest    Type = "digest"
	TypeTest      Type = "test"
)

// Event is a message for machines. Its keys and words are stable and English;
// Text is for people, in their language.
type Event struct {
	Type     Type      `json:"type"`
	Job      string    `json:"job,omitempty"` // what it is about: a job, crm.NAME, or a part of the service
	Occasion Occasion  `json:"occasion,omitempty"`
	Cause    string    `json:"cause,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Text     string    `json:"text"`
	Next     string    `json:"next,omitempty"`
	Host     string    `json:"host"`
	Version  string    `json:"version"`
	At       time.Time `json:"at"`
}

// cutTo shortens a text to n UTF-16 units, by which Telegram counts, and marks
// the cut. It does not split a character.
func cutTo(text string, n int) string {
	const mark = "…"
	units, end := 0, -1
	for i, r := range text {
		w := 1
		if r > 0xFFFF {
			w = 2
		}
		if end < 0 && units+w > n-1 { // the mark takes one
			end = i
		}
		if units += w; units > n {
			return strings.TrimRight(text[:end], " \n") + mark
		}
	}
	return text
}

// oneLine keeps a subject from ending its header early.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
