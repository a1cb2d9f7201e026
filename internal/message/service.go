package message

// The service, 13xx.
const (
	ServiceCannotListen Code = "SYNC-1330"
	ServiceListens      Code = "SYNC-1331"
)

var serviceEntries = []entry{
	{
		ServiceCannotListen,
		text{"The address {address} (`listen`) cannot be used: {cause}.", "Jobs run as before; there is no /healthz, /readyz or /metrics meanwhile. The address is tried again every 30 seconds.", "Find out who holds it (ss -ltnp), or choose another in `listen`, then: systemctl reload syncd"},
		text{"Занять адрес {address} (`listen`) не удалось: {cause}.", "Задания выполняются как обычно, но /healthz, /readyz и /metrics пока не отвечают. Попытка повторяется каждые 30 секунд.", "Выясните, кто занимает порт (ss -ltnp), или задайте в `listen` другой, затем: systemctl reload syncd"},
	},
	{
		ServiceListens,
		text{"The address {address} is free now.", "/healthz, /readyz and /metrics answer again.", "Nothing need be done."},
		text{"Адрес {address} освободился.", "/healthz, /readyz и /metrics снова отвечают.", "Делать ничего не нужно."},
	},
}
