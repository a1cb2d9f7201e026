package config

import (
	"errors"
	"math"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

const day = 24 * time.Hour

// Duration is a length of time, written 30s, 10m, 1h30m or 3d.
type Duration time.Duration

// Std is the same as a time.Duration.
func (v Duration) Std() time.Duration { return time.Duration(v) }

func (v *Duration) decode(d *decoder, n *yaml.Node, path string) {
	text, ok := d.scalar(n, path, "30s | 10m | 3d")
	if !ok {
		return
	}
	parsed, err := parseDuration(text)
	if err != nil {
		d.bad(n, path, text, "30s | 10m | 3d")
		return
	}
	*v = Duration(parsed)
}

var errNotPositive = errors.New("negative or too long")

func parseDuration(text string) (time.Duration, error) {
	var total time.Duration
	rest := text
	if days, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, err
		}
		total, rest = time.Duration(n)*day, after
		if rest == "" {
			return total, nil
		}
	}
	part, err := time.ParseDuration(rest)
	if err != nil {
		return 0, err
	}
	if part < 0 || total+part < 0 {
		return 0, errNotPositive
	}
	return total + part, nil
}

// Overlap is how far before the end of the last delta the next one begins: a
// length of time, written 10m, or a number, written 100. At most one is set.
type Overlap struct {
	Span  Duration // for cursors of dates and times
	Count int64    // for cursors of numbers
}

func (v *Overlap) decode(d *decoder, n *yaml.Node, path string) {
	const want = "10m | 1d | 100"
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	if count, err := strconv.ParseInt(text, 10, 64); err == nil && count >= 0 {
		*v = Overlap{Count: count}
		return
	}
	span, err := parseDuration(text)
	if err != nil {
		d.bad(n, path, text, want)
		return
	}
	*v = Overlap{Span: Duration(span)}
}

// Size is a number of bytes, written 4096, 64KB, 1MiB or 2GB.
type Size int64

func (v *Size) decode(d *decoder, n *yaml.Node, path string) {
	const want = "4096 | 64KiB | 1MB | 2GiB"
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	size, err := parseSize(text)
	if err != nil || size <= 0 {
		d.bad(n, path, text, want)
		return
	}
	*v = Size(size)
}

func parseSize(text string) (int64, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{
		{"kib", 1 << 10},
		{"mib", 1 << 20},
		{"gib", 1 << 30},
		{"kb", 1e3},
		{"mb", 1e6},
		{"gb", 1e9},
		{"b", 1},
	}
	number, factor := strings.ToLower(strings.TrimSpace(text)), int64(1)
	for _, u := range units {
		if s, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = strings.TrimSpace(s), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, err
	}
	if n < 0 || n > math.MaxInt64/factor {
		return 0, errNotPositive
	}
	return n * factor, nil
}

// Rate is a number of requests a second; 0, written `off`, is no limit.
type Rate float64

func (v *Rate) decode(d *decoder, n *yaml.Node, path string) {
	const want = "0.5 | 5 | off"
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	if isOff(n) {
		*v = 0
		return
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate > 0 && rate <= 10_000) {
		d.bad(n, path, text, want)
		return
	}
	*v = Rate(rate)
}

// isOff knows the word off; unquoted it is a string in YAML 1.2.
func isOff(n *yaml.Node) bool { return strings.EqualFold(n.Value, "off") }

// Zone is a time zone of the IANA database.
type Zone struct{ *time.Location }

func (v *Zone) decode(d *decoder, n *yaml.Node, path string) {
	const want = "Europe/Moscow | Asia/Yekaterinburg | UTC"
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	loc, err := time.LoadLocation(text)
	if err != nil || text == "" {
		d.bad(n, path, text, want)
		return
	}
	v.Location = loc
}

// Path is a file or folder; relative ones were joined to the folder of the
// configuration file. Empty: not given.
type Path string

func (v *Path) decode(d *decoder, n *yaml.Node, path string) {
	text, ok := d.scalar(n, path, "var/state.db | /var/lib/syncd/state.db")
	if !ok {
		return
	}
	*v = d.path(text)
}

func (d *decoder) path(text string) Path {
	if text == "" || filepath.IsAbs(text) {
		return Path(text)
	}
	return Path(filepath.Join(d.dir, text))
}

// BaseURL is the root of the CRM's host, without a slash at its end.
type BaseURL string

func (v *BaseURL) decode(d *decoder, n *yaml.Node, path string) {
	const example = "https://crm.example.ru"
	text, ok := d.scalar(n, path, example)
	if !ok {
		return
	}
	u, err := url.Parse(text)
	// The text is not repeated in the error: it may hold a password.
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http") {
		d.fail(n, path, message.ConfigBaseURL, message.S("example", example))
		return
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		d.warn(n, path, message.ConfigPlainHTTP)
	}
	*v = BaseURL(u.Scheme + "://" + u.Host)
}

func loopback(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"
}

// Delimiter is the character between two cells; 0 means: find out.
type Delimiter rune

func (v *Delimiter) decode(d *decoder, n *yaml.Node, path string) {
	const want = `auto | ";" | "," | tab | "|"`
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	switch text {
	case "auto":
		*v = 0
	case "tab", "\t":
		*v = '\t'
	case ";", ",", "|":
		r, _ := utf8.DecodeRuneInString(text)
		*v = Delimiter(r)
	default:
		d.bad(n, path, text, want)
	}
}

// Header says where the column names stand: by itself the zero value means
// find out; otherwise None, or the line, counted from 1.
type Header struct {
	None bool
	Line int
}

func (v *Header) decode(d *decoder, n *yaml.Node, path string) {
	const want = "auto | none | 3"
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	switch text {
	case "auto":
		*v = Header{}
	case "none":
		*v = Header{None: true}
	default:
		line, err := strconv.Atoi(text)
		if err != nil || line < 1 || line > 10_000 {
			d.bad(n, path, text, want)
			return
		}
		*v = Header{Line: line}
	}
}

// OnAbsent says what happens in the CRM to a record that left the source.
type OnAbsent struct {
	Action string            // keep | set | delete
	Set    map[string]string // field → value, for set
}

func (v *OnAbsent) decode(d *decoder, n *yaml.Node, path string) {
	const want = "keep | delete | {set: {FIELD: VALUE}}"
	if n.Kind == yaml.MappingNode {
		var block struct {
			Set map[string]string `yaml:"set,required"`
		}
		d.into(n, path, &block)
		*v = OnAbsent{Action: "set", Set: block.Set}
		return
	}
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	if text != "keep" && text != "delete" {
		d.bad(n, path, text, want)
		return
	}
	*v = OnAbsent{Action: text}
}
