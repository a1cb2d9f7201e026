package crmapi

import (
	"net/http"
	"net/url"
	"time"
)

// Config says how to reach one CRM with one login. BaseURL, Login and APIKey are
// required; every other zero value has a default.
type Config struct {
	BaseURL string // the root of the CRM's host: "https://crm.example.ru"
	Login   string
	APIKey  Secret
	Dialect Dialect // how clients are spoken of; "" = V3
	// SeesAll is the operator's word that the login sees every record: V1 cannot be
	// asked. See Client.Vouched.
	SeesAll bool
	CAFile  string   // PEM roots trusted beside the system's; "" = none
	Proxy   *url.URL // nil = direct; the environment is not asked

	Timeout   time.Duration // one attempt as a whole; 0 = 60s
	PerRecord time.Duration // added for each record of a write; 0 = 6s
	Connect   time.Duration // dial and, again, the TLS handshake; 0 = 10s
	// Header is the longest wait for the start of a read's answer; 0 = Timeout.
	// A write's answer starts when its work is done, so the whole deadline
	// holds for it.
	Header time.Duration
	Idle   time.Duration // between two reads of a body; 0 = 30s

	Rate     float64       // requests per second; 0 = 5, below 0 = no limit
	Attempts int           // tries of a call that may be repeated; 0 = 4, 1 = no retry
	Backoff  time.Duration // first pause between tries, doubling up to 15s; 0 = 500ms
	MaxBody  int64         // bytes of an answer after decompression; 0 = 32 MiB

	// FormGET sends what goes to API v1 in the URL, as documented, where every
	// log on the way keeps the key; false = in the body of a POST.
	FormGET bool
	// FormVars and FormBytes are the most that one request of API v1 carries:
	// PHP drops what is beyond its limits without a word. 0 = 1000 and 1 MiB.
	FormVars, FormBytes int

	// Transport replaces the own one (nil), and with it the connection
	// deadlines, TLS rules, proxy, and the fresh connection for each write: on
	// kept ones more writes end in doubt.
	Transport http.RoundTripper
	Now       func() time.Time // clock of Exchange; nil = time.Now
	// Observe is told of every attempt, on the goroutine of the call; it must
	// not block. nil = nobody.
	Observe func(Exchange)
}

// Exchange is what may be told about one attempt of one request: no key, no
// values.
type Exchange struct {
	Action  string // "client/list"
	Write   bool
	Records int // of a write
	Attempt int // 1 = first
	// Probe: the question was whether the server understands it at all; a class says
	// that it does not, which is no failure.
	Probe      bool
	Start      time.Time
	Duration   time.Duration
	HTTPStatus int   // 0 = no answer
	Sent       int   // bytes of the body but the key's, before they were given to the transport
	Received   int   // bytes of the answer's body, decompressed
	Class      Class // 0 = success, or Canceled
	Canceled   bool  // the caller gave up before sending, or on a read
	Code       int
	// JunkBefore and JunkAfter count the bytes around the JSON of a read: PHP
	// warnings, a BOM.
	JunkBefore, JunkAfter int
	// Damaged: the JSON of a read was not valid as a whole; its sound records
	// were read.
	Damaged bool
}

// Warning is something the operator should know about a configuration that
// works.
type Warning string

const (
	// WarnPlainHTTP says that the key and all records travel unencrypted.
	WarnPlainHTTP Warning = "plain_http"
	// WarnKeyInURL says that the key and all records stand in URLs.
	WarnKeyInURL Warning = "key_in_url"
)
