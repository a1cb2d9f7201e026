package crmapi

import (
	"strconv"
	"unicode/utf8"
)

// object appends a JSON object member by member. A first load encodes a million
// records; maps and reflection would cost more than the rest of the work.
type object struct {
	b     []byte
	comma bool
}

func newObject(b []byte) object { return object{b: append(b, '{')} }

func (o *object) key(k string) {
	if o.comma {
		o.b = append(o.b, ',')
	}
	o.comma = true
	o.b = appendString(o.b, k)
	o.b = append(o.b, ':')
}

func (o *object) str(k, v string) {
	o.key(k)
	o.b = appendString(o.b, v)
}

func (o *object) strIf(k, v string) {
	if v != "" {
		o.str(k, v)
	}
}

func (o *object) num(k string, v int64) {
	o.key(k)
	o.b = strconv.AppendInt(o.b, v, 10)
}

func (o *object) raw(k, v string) {
	o.key(k)
	o.b = append(o.b, v...)
}

func (o *object) end() []byte { return append(o.b, '}') }

// appendInput appends the members of a write to o.
func appendInput(o *object, in *ClientInput) {
	o.strIf("uid", in.UID)
	o.strIf("user", in.User)
	if in.UserID != 0 {
		o.num("iduser", in.UserID)
	}
	for i := range in.Fields {
		f := &in.Fields[i]
		if f.List == nil {
			o.str(f.Key, f.Text)
			continue
		}
		o.key(f.Key)
		o.b = append(o.b, '[')
		for j, s := range f.List {
			if j > 0 {
				o.b = append(o.b, ',')
			}
			o.b = appendString(o.b, s)
		}
		o.b = append(o.b, ']')
	}
	if len(in.Recv) == 0 {
		return
	}
	o.key("recv")
	recv := newObject(o.b)
	for i := range in.Recv {
		recv.str(in.Recv[i].Key, in.Recv[i].Text)
	}
	o.b = recv.end()
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string: UTF-8 as it is, what JSON demands
// escaped, invalid bytes as U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\ufffd"...)
			start = i + n
		}
		i += n
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
