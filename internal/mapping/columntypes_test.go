package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/mapping"
)

func TestColumnsThatAreWrittenBackSayWhatTheyHold(t *testing.T) {
	t.Parallel()
	m := parse(t,
		"skip: [Группа]",
		"fields:",
		"  title: {column: Имя, required: true}",
		"  phone: {columns: [Телефон, Мобильный], type: phones}",
		"  date_create: {column: Создан, type: datetime}",
		"  input1: {column: День, type: date, format: dd.MM.yyyy}",
		"  des: {column: Имя}",
		"  input2: {column: Избранный, type: bool}",
		"  address: {columns: [Город, Улица], join: ', '}",
		"  type: {column: Вид, values: {1: client, 2: person}, type: int}",
		"  tip_cmr: {const: Клиент}",
		"recv:",
		"  castInn: {column: ИНН, type: inn}",
	)
	want := []mapping.BackColumn{
		{Column: "Имя", Type: mapping.TypeText},
		{Column: "Телефон", Type: mapping.TypeText},
		{Column: "Мобильный", Type: mapping.TypeText},
		{Column: "Создан", Type: mapping.TypeDatetime},
		{Column: "День", Type: mapping.TypeText}, // as its format spells it
		{Column: "Избранный", Type: mapping.TypeBool},
		{Column: "Вид", Type: mapping.TypeText}, // the words of the source
		{Column: "ИНН", Type: mapping.TypeINN},
	}
	if d := cmp.Diff(want, m.BackColumns()); d != "" {
		t.Error(d)
	}
}
