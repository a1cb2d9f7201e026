package emulator

import "time"

// Names and key that the zero Options answer to.
const (
	DefaultKey   = "emulator-key"
	DefaultLogin = "boss@example.org"
)

// The account's roles that decide what a login sees. Other texts are allowed and
// see only their own clients.
const (
	RoleHead       = "Руководитель организации"
	RoleAccess     = "Руководитель с доступом"
	RoleSupport    = "Поддержка продаж"
	RoleAdmin      = "Администратор"
	RoleDivision   = "Руководитель подразделения"
	RoleDepartment = "Руководитель отдела"
	RoleManager    = "Менеджер продаж"
)

// Login is a user of the CRM.
type Login struct {
	ID    int64  `json:"id" yaml:"id"` // 0: one more than the highest
	Login string `json:"login" yaml:"login"`
	Title string `json:"title" yaml:"title"` // the name shown; "": the login
	// Role is the user's "tip"; "": RoleAccess for a boss, else RoleManager.
	Role string `json:"role,omitempty" yaml:"role"`
	// Active is shown by user/list. An inactive login still works, as on the
	// real server.
	Active bool `json:"active" yaml:"active"`
	// Boss is the administrator's mark: list shows every client, ownerless ones
	// included. info still wants an owner.
	Boss bool `json:"boss,omitempty" yaml:"boss"`
	// Head is the ID of the login this one reports to; 0: none.
	Head int64 `json:"head,omitempty" yaml:"head"`
}

// Guides are the titles in the account's dictionaries; nil parts: the stock
// ones. IDs are given in order, from 1.
type Guides struct {
	Category   []string `json:"category,omitempty" yaml:"category"`
	Territory  []string `json:"territory,omitempty" yaml:"territory"`
	Relations  []string `json:"relations,omitempty" yaml:"relations"`
	ClientPath []string `json:"clientpath,omitempty" yaml:"clientpath"`
	// What deals choose from; the first direction and the first type are the
	// defaults.
	Directions    []string      `json:"directions,omitempty" yaml:"directions"`
	DealTypes     []string      `json:"deal_types,omitempty" yaml:"deal_types"`
	Steps         []Step        `json:"steps,omitempty" yaml:"steps"`
	CloseStatuses []CloseStatus `json:"close_statuses,omitempty" yaml:"close_statuses"`
}

// Options describe the CRM to emulate. The zero value is a fresh installation
// with one login, DefaultLogin, who sees everything.
type Options struct {
	Key    string           // API key; "": DefaultKey
	Logins []Login          // nil: DefaultLogin alone
	Clock  func() time.Time // nil: time.Now
	// TimeZone is the account's; nil: Moscow. The server uses a fixed offset.
	TimeZone *time.Location
	// ActiveFields are the fields of the client's form that are switched on;
	// nil: those of a fresh installation. AllFields switches on every field.
	ActiveFields []string
	AllFields    bool
	// ActiveDealFields is the same for the form of deals.
	ActiveDealFields []string
	Guides           Guides
	// DealFormat is what generated titles of deals begin with, {cnum} being a
	// counter; "": "СД{cnum}", "-": nothing.
	DealFormat string
	// Telephony strips phones to digits on add.
	Telephony bool
	// AsDocumented follows the vendor's documentation where the real server does
	// not. Old is a server of before 2019: the existing client's clid stands only
	// in the text of a "406".
	AsDocumented bool
	Old          bool
	// HideErrors is a host that shows no PHP errors: a fatal one is answered with
	// HTTP 500 and no body.
	HideErrors bool
	// PerRecord is the time that writing one record takes (real: 25ms); 0: none.
	PerRecord time.Duration
	FirstCLID int64 // 0: 1
	// MaxVars and MaxPost are the limits of PHP that API v1 meets: variables of one
	// form, of which those beyond are dropped without a word, and bytes of a body,
	// which is dropped whole. 0: 1000 and 8 MiB, as PHP comes; negative: none.
	MaxVars int
	MaxPost int64
	// HistoryBytes is how much of each body and answer the history keeps; 0: 16 KiB,
	// negative: nothing.
	HistoryBytes int
}

func (o Options) withDefaults() Options {
	if o.Key == "" {
		o.Key = DefaultKey
	}
	if len(o.Logins) == 0 {
		o.Logins = []Login{{ID: 1, Login: DefaultLogin, Title: "Boss", Active: true, Boss: true}}
	}
	if o.Clock == nil {
		o.Clock = time.Now //nolint:forbidigo // the zero Options are a CRM that works; tests pass a clock
	}
	if o.TimeZone == nil {
		o.TimeZone = time.FixedZone("MSK", 3*60*60)
	}
	if o.FirstCLID == 0 {
		o.FirstCLID = 1
	}
	if o.MaxVars == 0 {
		o.MaxVars = 1000
	}
	if o.MaxPost == 0 {
		o.MaxPost = 8 << 20
	}
	if o.HistoryBytes == 0 {
		o.HistoryBytes = 16 << 10
	}
	return o
}

func (o Options) dealFormat() string {
	switch o.DealFormat {
	case "":
		return "СД{cnum}"
	case "-":
		return ""
	default:
		return o.DealFormat
	}
}

func (o Options) logins() []Login {
	logins := make([]Login, len(o.Logins))
	last := int64(0)
	for i, l := range o.Logins {
		if l.ID == 0 {
			l.ID = last + 1
		}
		last = max(last, l.ID)
		if l.Title == "" {
			l.Title = l.Login
		}
		if l.Role == "" {
			l.Role = RoleManager
			if l.Boss {
				l.Role = RoleAccess
			}
		}
		logins[i] = l
	}
	return logins
}
