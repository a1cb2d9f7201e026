package emulator

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// spoil makes the answer that a fault sends in place of the true one.
func (f *Fault) spoil(a answer) answer {
	switch f.Kind {
	case KindFatal:
		dead := &fatal{class: "mysqli_sql_exception", message: "MySQL server has gone away", file: sqlFile, line: "466"}
		return answer{raw: dead.html()}
	case KindEmpty:
		return answer{raw: []byte{}}
	case KindDBDown:
		return answer{raw: []byte(dbDownText)}
	case KindHTTP500:
		return answer{raw: []byte{}, status: http.StatusInternalServerError}
	case KindHTTP502:
		return answer{raw: []byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"), status: http.StatusBadGateway, contentType: "text/html"}
	case KindHTTP429:
		return answer{raw: []byte("<html><body><h1>429 Too Many Requests</h1></body></html>\n"), status: http.StatusTooManyRequests, contentType: "text/html"}
	case KindRedirect:
		return answer{raw: []byte{}, status: http.StatusFound, location: "/login", contentType: "text/html; charset=utf-8"}
	case KindHTMLPage:
		return answer{raw: []byte("<!DOCTYPE html>\n<html><head><title>Технические работы</title></head><body>Ведутся технические работы</body></html>\n"), contentType: "text/html; charset=utf-8"}
	case KindGarbage:
		return answer{raw: []byte{0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28}}
	case KindUnauth:
		return answer{value: observed.failure(401, "Неизвестный пользователь")}
	default:
		return f.rework(a)
	}
}

// rework changes the true answer.
func (f *Fault) rework(a answer) answer {
	switch f.Kind {
	case KindWarning:
		warning := "<br />\n<b>Warning</b>:  Undefined array key \"uid\" in <b>" + clientFile + "</b> on line <b>421</b><br />\n"
		a.raw = append([]byte(warning), a.body()...)
	case KindTrailing:
		tail := "<br />\n<b>Warning</b>:  file_put_contents(/srv/crm/cash/apilog): Failed to open stream in <b>/srv/crm/developer/v3/logger.php</b> on line <b>31</b><br />\n"
		a.raw = append(a.body(), tail...)
	case KindTruncated:
		body := a.body()
		a.raw = body[:f.cutAt(len(body))]
	case KindShort, KindLong, KindReorder:
		a.value = f.reworkList(a.value)
	case KindCode500:
		a.value = f.code500(a.value)
	}
	return a
}

// reworkList changes the array of add.list, or the rows of list.
func (f *Fault) reworkList(v any) any {
	switch x := v.(type) {
	case []any:
		return f.reworkElements(x)
	case object:
		if rows, ok := x.get("data").([]any); ok {
			return slices.Clone(x).with("data", f.reworkElements(rows))
		}
	}
	return v
}

func (f *Fault) reworkElements(list []any) []any {
	list = slices.Clone(list)
	if len(list) == 0 {
		return list
	}
	last := len(list) - 1
	switch f.Kind {
	case KindShort:
		return list[:last]
	case KindLong:
		return append(list, list[last])
	default:
		slices.Reverse(list)
		return list
	}
}

// code500 is what the server says when something after the insert failed: an
// error, though the client is there; its clid stays in the answer.
func (f *Fault) code500(v any) any {
	spoiled := func(o object) object {
		o = slices.Clone(o).with("result", "Error")
		return o.with("error", object{{"code", 500}, {"text", "ОшибкаMySQL server has gone away в строке 2006"}})
	}
	switch x := v.(type) {
	case object:
		return spoiled(x)
	case []any:
		list := slices.Clone(x)
		for i := range list {
			if o, ok := list[i].(object); ok && (f.Record == 0 || f.Record == i+1) {
				list[i] = spoiled(o)
			}
		}
		return list
	default:
		return v
	}
}

// cut sends the head and a part of the body that it promises.
func (f *Fault) cut(w http.ResponseWriter, a answer) {
	body := a.body()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	part := a
	part.raw = body[:f.cutAt(len(body))]
	part.write(w)
	_ = http.NewResponseController(w).Flush() // a recorder of a test cannot
}

// cutAt is where a body of so many bytes ends.
func (f *Fault) cutAt(length int) int {
	if f.Bytes == 0 {
		return length / 2
	}
	return min(f.Bytes, length)
}

// stream sends an answer that does not come to its end in time, until it is sent
// or the client leaves.
func (f *Fault) stream(ctx context.Context, w http.ResponseWriter, a answer) {
	head := a
	head.raw = []byte{}
	if f.Kind == KindEndless {
		head.raw = a.body()
		head.write(w)
		blanks := bytes.Repeat([]byte(" "), 64<<10)
		for ctx.Err() == nil {
			if _, err := w.Write(blanks); err != nil {
				return
			}
		}
		return
	}
	head.write(w)
	for _, b := range a.body() {
		timer := time.NewTimer(time.Duration(f.Delay))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		if _, err := w.Write([]byte{b}); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush() // a recorder of a test cannot
	}
}
