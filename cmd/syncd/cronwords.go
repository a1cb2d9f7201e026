package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/message"
)

// scheduleWords is a schedule as people say it.
func scheduleWords(a *app, spec string) string {
	spec = strings.TrimSpace(spec)
	if every, ok := strings.CutPrefix(spec, "@every "); ok {
		if d, err := time.ParseDuration(every); err == nil && a.lang == message.Russian && d >= time.Minute && d%time.Minute == 0 {
			every = strings.TrimSpace(strings.TrimSuffix(a.age(d), " 00 мин"))
		}
		return fmt.Sprintf(a.say(phrase{"every %s, counted from the last run", "раз в %s, считая от прошлого запуска"}), every)
	}
	zone := ""
	if first, rest, ok := strings.Cut(spec, " "); ok && strings.Contains(first, "TZ=") {
		_, zone, _ = strings.Cut(first, "=")
		spec, zone = strings.TrimSpace(rest), " ("+zone+")"
	}
	for name, fields := range map[string]string{
		"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
		"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
	} {
		if spec == name {
			spec = fields
		}
	}
	f := strings.Fields(spec)
	if len(f) != 5 {
		return spec + zone
	}
	w := cronWords{a}
	parts := []string{w.times(f[0], f[1]), w.days(f[2], f[4])}
	if months := w.months(f[3]); months != "" {
		parts = append(parts, months)
	}
	return strings.Join(parts, ", ") + zone
}

// fixedHours reports whether a schedule names hours: real time counts for others,
// whatever the clock shows.
func fixedHours(spec string) bool {
	f := strings.Fields(spec)
	if len(f) == 6 && strings.Contains(f[0], "TZ=") {
		f = f[1:]
	}
	if len(f) != 5 {
		return !strings.HasPrefix(spec, "@every") && !strings.HasPrefix(spec, "@hourly")
	}
	return !strings.HasPrefix(f[1], "*") && !strings.HasPrefix(f[1], "?")
}

type cronWords struct{ *app }

// times words minutes and hours.
func (w cronWords) times(minute, hour string) string {
	minutes, hours := numbers(minute, 0, 59), numbers(hour, 0, 23)
	const mostTimes = 6
	if len(minutes) > 0 && len(hours) > 0 && len(minutes)*len(hours) <= mostTimes {
		var at []string
		for _, h := range hours {
			for _, m := range minutes {
				at = append(at, fmt.Sprintf("%02d:%02d", h, m))
			}
		}
		return w.say(phrase{"at ", "в "}) + strings.Join(at, ", ")
	}
	text := fmt.Sprintf(w.say(phrase{"at minutes %s", "в минуты %s"}), twoDigits(minutes, minute))
	step, every := strings.CutPrefix(minute, "*/")
	each, hourly := strings.CutPrefix(hour, "*/")
	switch {
	case hourly && each != "1" && len(minutes) == 1:
		return fmt.Sprintf(w.say(phrase{"every %s hours at minute %02d", "раз в %s ч, в %02d мин"}), each, minutes[0])
	case every && step != "1":
		text = fmt.Sprintf(w.say(phrase{"every %s minutes", "каждые %s мин"}), step)
	case minute == "*" || every:
		text = w.say(phrase{"every minute", "каждую минуту"})
	case len(minutes) == 1:
		text = fmt.Sprintf(w.say(phrase{"at minute %02d of each hour", "в %02d мин каждого часа"}), minutes[0])
	}
	return text + w.within(hour)
}

// within words the hours that minutes are in.
func (w cronWords) within(hour string) string {
	from, to, isRange := strings.Cut(hour, "-")
	step, every := strings.CutPrefix(hour, "*/")
	first, last := numbers(from, 0, 23), numbers(to, 0, 23)
	switch {
	case hour == "*" || hour == "?" || hour == "*/1":
		return ""
	case isRange && len(first) == 1 && len(last) == 1:
		return fmt.Sprintf(w.say(phrase{" from %02d:00 to %02d:59", " с %02d:00 до %02d:59"}), first[0], last[0])
	case every:
		nth := map[string]phrase{"2": {"2nd", "2"}, "3": {"3rd", "3"}}[step]
		if nth == (phrase{}) {
			nth = phrase{step + "th", step}
		}
		return fmt.Sprintf(w.say(phrase{" of every %s hour", " каждого %s-го часа"}), w.say(nth))
	}
	return fmt.Sprintf(w.say(phrase{" in the hours %s", " в часы %s"}), twoDigits(numbers(hour, 0, 23), hour))
}

// days words days of the month and of the week; with both, either fits.
func (w cronWords) days(dom, dow string) string {
	anyDom, anyDow := dom == "*" || dom == "?", dow == "*" || dow == "?"
	if step, every := strings.CutPrefix(dom, "*/"); every && step == "1" {
		anyDom = true
	}
	month := fmt.Sprintf(w.say(phrase{"on day %s of the month", "%s числа"}), listed(dom, 1, 31))
	switch {
	case anyDom && anyDow:
		return w.say(phrase{"every day", "каждый день"})
	case anyDow:
		return month
	case anyDom:
		return w.weekdays(dow)
	}
	return month + w.say(phrase{" or ", " или "}) + w.weekdays(dow)
}

func (w cronWords) weekdays(dow string) string {
	names := strings.Fields(w.say(phrase{"Sun Mon Tue Wed Thu Fri Sat", "вс пн вт ср чт пт сб"}))
	return named(dow, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, 0, names)
}

// months is empty when every month fits.
func (w cronWords) months(month string) string {
	if month == "*" || month == "?" {
		return ""
	}
	names := strings.Fields(w.say(phrase{"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "янв фев мар апр май июн июл авг сен окт ноя дек"}))
	return named(month, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}, 1, names)
}

// named puts names in the place of numbers and of cron's names.
func named(field string, words []string, first int, names []string) string {
	name := func(text string) string {
		for i, word := range words {
			if strings.EqualFold(text, word) || text == strconv.Itoa(i+first) {
				return names[i]
			}
		}
		return text
	}
	if list := numbers(field, first, first+len(names)-1); strings.Contains(field, "/") && len(list) > 0 {
		texts := make([]string, len(list))
		for i, n := range list {
			texts[i] = strconv.Itoa(n)
		}
		field = strings.Join(texts, ",")
	}
	parts := strings.Split(field, ",")
	for i, part := range parts {
		from, to, isRange := strings.Cut(part, "-")
		parts[i] = name(from)
		if isRange {
			parts[i] += "–" + name(to)
		}
	}
	return strings.Join(parts, ", ")
}

// numbers are those that a field means: numbers, ranges and steps of them; nil for
// anything else, and for all.
func numbers(field string, least, most int) []int {
	var out []int
	for part := range strings.SplitSeq(field, ",") {
		span, by, stepped := strings.Cut(part, "/")
		step := 1
		if n, err := strconv.Atoi(by); stepped && err == nil && n > 0 {
			step = n
		} else if stepped {
			return nil
		}
		from, to, isRange := strings.Cut(span, "-")
		first, err := strconv.Atoi(from)
		last := first
		switch {
		case span == "*" && stepped:
			first, last, err = least, most, nil
		case isRange && err == nil:
			last, err = strconv.Atoi(to)
		case stepped:
			last = most
		}
		if err != nil || first < least || last > most {
			return nil
		}
		for n := first; n <= last; n += step {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// listed are the numbers of a field, as long as they are few; a range stays one.
func listed(field string, least, most int) string {
	const fewest = 8
	if list := numbers(field, least, most); strings.Contains(field, "/") && len(list) > 0 {
		texts := make([]string, 0, fewest)
		for _, n := range list[:min(len(list), fewest)] {
			texts = append(texts, strconv.Itoa(n))
		}
		if len(list) > fewest {
			texts = append(texts, "…")
		}
		return strings.Join(texts, ", ")
	}
	return strings.ReplaceAll(strings.ReplaceAll(field, "-", "–"), ",", ", ")
}

// twoDigits are numbers as clocks show them; the field itself where it means none.
func twoDigits(list []int, field string) string {
	if len(list) == 0 {
		return field
	}
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = fmt.Sprintf("%02d", n)
	}
	return strings.Join(texts, ", ")
}
