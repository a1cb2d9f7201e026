package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
)

func large(b *testing.B) *emulator.Server {
	b.Helper()
	s := emulator.New(emulator.Options{HistoryBytes: -1})
	clients := make([]emulator.Client, 200_000)
	for i := range clients {
		clients[i] = emulator.Client{
			UID: fmt.Sprintf("U%06d", i), Title: fmt.Sprintf("Клиент %d, ООО", i),
			Fields: map[string]string{"phone": fmt.Sprintf("+7342%07d", i)},
			Recv:   map[string]string{"castInn": fmt.Sprintf("%010d", i)},
		}
	}
	seed(b, s, clients...)
	return s
}

func batch(n, from int) string {
	var b strings.Builder
	b.WriteString(`{"client":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"uid":"N%d","title":"ООО \"Новый %d\"","phone":["+7 999 %07d"],"recv":{"castInn":"%010d","castUrName":"Новый"}}`, from+i, from+i, from+i, from+i)
	}
	return b.String() + "]}"
}

func BenchmarkAddListOf200(b *testing.B) {
	s := large(b)
	n := 0
	for b.Loop() {
		call(s, "client/add.list", batch(200, n))
		n += 200
	}
}

func BenchmarkListPage(b *testing.B) {
	s := large(b)
	n := 0
	for b.Loop() {
		call(s, "client/list", fmt.Sprintf(`{"order":"clid","bankinfo":true,"offset":%d}`, n%1000))
		n++
	}
}

func BenchmarkListPageByDateAfterAWrite(b *testing.B) {
	s := large(b)
	n := 0
	for b.Loop() {
		call(s, "client/update", fmt.Sprintf(`{"clid":%d,"fax":"%d"}`, n%200_000+1, n))
		call(s, "client/list", `{"order":"date_change","bankinfo":true,"dateChangeStart":"2020-01-01 00:00:00","dateChangeEnd":"2030-01-01 00:00:00"}`)
		n++
	}
}

func BenchmarkInfoByUID(b *testing.B) {
	s := large(b)
	n := 0
	for b.Loop() {
		call(s, "client/info", fmt.Sprintf(`{"uid":"U%06d","bankinfo":true}`, n%200_000))
		n++
	}
}
