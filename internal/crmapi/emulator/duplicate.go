package emulator

import (
	"strconv"
	"strings"
)

// duplicateAnswer is the refusal of an add whose client is there already.
func (s *Server) duplicateAnswer(r *row) object {
	title := r.str(colTitle)
	if title == "" {
		title = "--не найден--"
	}
	text := "Найден существующий клиент - " + title + " (clid = " + strconv.FormatInt(r.clid, 10) + "). Запрос отклонен."
	o := object{{"result", "Error"}}
	if s.d.duplicateField != "" {
		o = append(o, member{s.d.duplicateField, r.clid})
	}
	return append(o, member{"error", s.d.errorObject(s.d.duplicate, text)})
}

// findDuplicate applies the server's rule: the same title, and if phones are
// given, one of them, and if a mail is given, that too. It turns the phones of p
// into a list on the way, as the server does.
func (c *call) findDuplicate(p *array) (*row, error) {
	if v := p.get("phone"); !isArray(v) && given(v) {
		list := newArray()
		for i, s := range explode(";", strings.ReplaceAll(cast(v), ",", ";")) {
			list.set(strconv.Itoa(i), s)
		}
		p.set("phone", list)
	}
	phones, byPhone, err := phonePatterns(p.get("phone"))
	if err != nil {
		return nil, err
	}
	mail, byMail := "", given(p.get("mail_url"))
	if byMail {
		s, err := text(p.get("mail_url"), "strip_tags")
		if err != nil {
			return nil, err
		}
		if _, err := pasted(clean(s), "%' and identity = '1'"); err != nil {
			return nil, err
		}
		mail = clean(s)
	}
	title, err := text(p.get("title"), "strip_tags")
	if err != nil {
		return nil, err
	}
	for _, r := range c.s.db.byTitle[foldKey(formatTitle(title))] {
		if byPhone && !phoneMatches(r, phones) {
			continue
		}
		if byMail && (r.text[colMail] == nil || !like(fold(*r.text[colMail]), mail)) {
			continue
		}
		return r, nil
	}
	return nil, nil
}

// phonePatterns are the digits of each phone without the first one; a blank
// phone matches any.
func phonePatterns(v any) (patterns []string, ok bool, err error) {
	list, isList := v.(*array)
	if !isList {
		return nil, false, nil
	}
	for _, k := range list.keys {
		s, err := text(list.vals[k], "mb_substr")
		if err != nil {
			return nil, false, err
		}
		d := digits(s)
		if d != "" {
			d = d[1:]
		}
		patterns = append(patterns, d)
	}
	return patterns, len(patterns) > 0, nil
}

func phoneMatches(r *row, patterns []string) bool {
	if r.text[colPhone] == nil {
		return false
	}
	stored := barePhone(*r.text[colPhone])
	for _, p := range patterns {
		if strings.Contains(stored, p) {
			return true
		}
	}
	return false
}

// barePhone is how the server's queries strip a stored phone: not to digits.
func barePhone(s string) string {
	return barePhoneRemover.Replace(s)
}
