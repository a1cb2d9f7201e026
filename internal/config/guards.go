package config

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

// LimitKind says how a guard's limit is meant.
type LimitKind uint8

// The kinds of limits.
const (
	LimitNumber  LimitKind = iota + 1 // so many
	LimitPercent                      // such a share, 0 to 100
	LimitOff                          // the guard is switched off
)

// Limit is the limit of a guard: 104, 10% or off.
type Limit struct {
	Kind  LimitKind
	Value float64
}

// String is the limit as it is written.
func (l Limit) String() string {
	switch l.Kind {
	case LimitNumber:
		return strconv.FormatFloat(l.Value, 'f', -1, 64)
	case LimitPercent:
		return strconv.FormatFloat(l.Value, 'f', -1, 64) + "%"
	case LimitOff:
		return "off"
	}
	return ""
}

// Guards holds the limits that differ from the defaults, by the guard's name.
type Guards map[string]Limit

// GuardNames lists the guards that the configuration may set.
func GuardNames() []string {
	return []string{"min_rows", "max_shrink", "max_reject", "max_create", "max_update", "max_clear", "max_delete"}
}

// ParseLimit reads a limit of the guard: a number, a share in percent or `off`.
// min_rows is a number or off. ok is false when the text is none of these.
func ParseLimit(guard, text string) (limit Limit, ok bool) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "off") {
		return Limit{Kind: LimitOff}, true
	}
	if share, isShare := strings.CutSuffix(text, "%"); isShare {
		value, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(value >= 0 && value <= 100) || guard == "min_rows" {
			return Limit{}, false
		}
		return Limit{Kind: LimitPercent, Value: value}, true
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return Limit{}, false
	}
	return Limit{Kind: LimitNumber, Value: float64(n)}, true
}

func (v *Guards) decode(d *decoder, n *yaml.Node, path string) {
	known := GuardNames()
	*v = make(Guards)
	d.pairs(n, path, func(key, value *yaml.Node, at string) {
		if !contains(known, key.Value) {
			d.fail(key, at, message.ConfigUnknownGuard,
				message.S("guard", key.Value), message.S("known", strings.Join(known, ", ")))
			return
		}
		want := "104 | 10% | off"
		if key.Value == "min_rows" {
			want = "100 | off"
		}
		text, ok := d.scalar(value, at, want)
		if !ok {
			return
		}
		limit, ok := ParseLimit(key.Value, text)
		if !ok {
			d.bad(value, at, text, want)
			return
		}
		(*v)[key.Value] = limit
	})
}
