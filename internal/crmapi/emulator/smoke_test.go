package emulator_test

import (
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
)

func TestFirstSteps(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	for _, step := range []struct{ action, body, want string }{
		{"client/add", `{"uid":"A1","title":"ООО \"Ромашка\"","phone":"+7 342 200-00-00"}`, `{"result":"Успешно","data":1}`},
		{"client/add", `{"uid":"A2","title":"Ромашка, ООО"}`, `{"result":"Error","exists":1,"error":{"code":304,"text":"Найден существующий клиент - Ромашка, ООО (clid = 1). Запрос отклонен."}}`},
		{"client/add.list", `{"client":[{"title":"А"},{"title":"Б"}]}`, `[{"result":"Успешно","data":2},{"result":"Успешно","data":3}]`},
		{"client/update", `{"clid":2,"address":"ул. Мира, 1"}`, `{"data":2,"hid":4,"result":"Успешно"}`},
		{"client/update", `{"clid":2,"address":"ул. Мира, 1"}`, `{"data":2,"result":"Данные корректны, но идентичны имеющимся."}`},
		{"client/list", `{"order":"clid","fields":"clid,uid,title"}`, `{"data":[{"clid":3,"uid":null,"title":"Б"},{"clid":2,"uid":null,"title":"А"},{"clid":1,"uid":"A1","title":"Ромашка, ООО"}],"params":{"page":1,"pageall":1,"ord":"clid","tuda":"DESC","count":3},"count":3}`},
		{"client/delete", `{"clid":3}`, `{"message":"Успешно: Клиент удален.<br>Также удалено 1 записи истории активностей. Снята привязка к Клиенту у 0 Контактов. Удалено 0 записей напоминаний. Удалено 0 файлов.","result":"Клиент удален","data":3}`},
	} {
		if got := call(s, step.action, step.body); got != step.want {
			t.Errorf("%s %s\n got %s\nwant %s", step.action, step.body, got, step.want)
		}
	}
	if got := call(s, "client/info", `{"uid":"a1"}`); !strings.HasPrefix(got, `{"data":{"clid":1,"uid":"A1","clientUID":"A1","iduser":1,"title":"Ромашка, ООО"`) {
		t.Errorf("info by uid: %s", got)
	}
}
