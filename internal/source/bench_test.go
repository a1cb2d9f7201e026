package source_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"syncd/internal/source"
)

// exportOf makes a counterparty export of about size bytes in windows-1251.
func exportOf(size int) []byte {
	var b bytes.Buffer
	b.WriteString("Ссылка;Код;Наименование;НаименованиеПолное;ЮрФизЛицо;ИНН;КПП;ОГРН;ОКПО;РасчетныйСчет;БИК;Банк;Телефон;" +
		"ЭлектроннаяПочта;ЮридическийАдрес;ФактическийАдрес;Регион;Менеджер;ДатаСоздания;Комментарий\r\n")
	for i := 0; b.Len() < size*4/3; i++ {
		fmt.Fprintf(&b, "%08x-8c4c-11db-a9b0-00055d49b45e;НФ-%08d;Ромашка %d ООО;Общество с ограниченной ответственностью Ромашка %d;ЮрЛицо;"+
			"%010d;770701001;1027700%06d;%08d;407028101171300%05d;044525411;ПАО Сбербанк в г. Москва;+7 495 %07d;buh%d@example.ru;"+
			"109012, г. Москва, ул. Никольская, д. %d, офис %d;109012, г. Москва, ул. Никольская, д. %d;Москва;Иванов Иван Иванович;"+
			"%02d.%02d.2024 10:00:00;Работает по предоплате, отсрочка не согласована\r\n",
			i, i, i, i, i, i%1000000, i, i%100000, i%10000000, i, i%200, i%900, i%200, i%28+1, i%12+1)
	}
	raw, err := charmap.Windows1251.NewEncoder().Bytes(b.Bytes())
	if err != nil {
		panic(err)
	}
	return raw
}

func benchFile(b *testing.B) (path string, size int64) {
	b.Helper()
	raw := exportOf(50 << 20)
	path = filepath.Join(b.TempDir(), "export.csv")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		b.Fatal(err)
	}
	return path, int64(len(raw))
}

// Benchmark_reading compares with encoding/csv over the charmap decoder, the
// yardstick. Only the ratios of one run say anything.
func Benchmark_reading(b *testing.B) {
	path, size := benchFile(b)
	b.Run("yardstick", func(b *testing.B) {
		b.SetBytes(size)
		for range b.N {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			r := csv.NewReader(charmap.Windows1251.NewDecoder().Reader(f))
			r.Comma, r.ReuseRecord = ';', true
			for {
				if _, err := r.Read(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
			_ = f.Close()
		}
	})
	for _, mode := range []string{"known", "decoded"} {
		b.Run(mode, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for range b.N {
				readFile(b, path, mode == "known")
			}
		})
	}
	b.Run("decoded beside the splitting", func(b *testing.B) {
		b.SetBytes(size)
		for range b.N {
			readBeside(b, path)
		}
	})
}

// readBeside decodes in a goroutine of its own, as a job does.
func readBeside(b *testing.B, path string) {
	b.Helper()
	r, err := source.OpenCSV(b.Context(), source.CSVOptions{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	free, full := make(chan *source.Batch, 4), make(chan *source.Batch, 4)
	for range cap(free) {
		free <- new(source.Batch)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var cells []string
		for batch := range full {
			for i := range batch.Rows {
				if batch.Rows[i].Status == source.Data {
					cells, _ = batch.Cells(i, cells)
				}
			}
			batch.Release()
			free <- batch
		}
	}()
	for {
		batch := <-free
		if err := r.NextBatch(batch); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			b.Fatal(err)
		}
		full <- batch
	}
	close(full)
	<-done
	_ = r.Close()
}

func readFile(b *testing.B, path string, known bool) {
	b.Helper()
	r, err := source.OpenCSV(b.Context(), source.CSVOptions{Path: path, Known: func([16]byte) bool { return known }})
	if err != nil {
		b.Fatal(err)
	}
	var batch source.Batch
	var cells []string
	for {
		if err := r.NextBatch(&batch); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			b.Fatal(err)
		}
		for i := range batch.Rows {
			if batch.Rows[i].Status == source.Data {
				cells, _ = batch.Cells(i, cells)
			}
		}
	}
	if a := r.Account(); !a.Complete || a.Rows() == 0 {
		b.Fatal("not read whole")
	}
	_ = r.Close()
}
