#!/bin/sh
# After the files are unpacked.
#   deb: configure [the version before]   rpm: 1 at the first installation, 2 later
set -e

case "${1:-}" in
configure) first=$([ -n "${2:-}" ] || echo yes) ;;
1) first=yes ;;
2) first= ;;
*) exit 0 ;; # abort-upgrade and its like: nothing was changed
esac

# The state belongs to the service, and a command that root starts becomes its
# owner. So the configuration and the credentials are read by the group; the
# credentials' folder hands the group on to files that are made in it.
install -d -m 0700 -o syncd -g syncd /var/lib/syncd
install -d -m 0750 -o root -g syncd /etc/syncd
install -d -m 2750 -o root -g syncd /etc/syncd/credentials
if [ -f /etc/syncd/syncd.yaml ] && [ -n "$first" ]; then
	chown root:syncd /etc/syncd/syncd.yaml
	chmod 0640 /etc/syncd/syncd.yaml
fi
# The unit names this file, and systemd starts no service whose credential is
# missing. An empty key is refused by syncd, which says so.
if [ ! -e /etc/syncd/credentials/crm_apikey ]; then
	(umask 0077 && : >/etc/syncd/credentials/crm_apikey)
fi
find /etc/syncd/credentials -type f -exec chown root:syncd {} + -exec chmod 0640 {} +

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	# Only when it runs. A stop lets the batch in flight end, so it may take a minute.
	systemctl try-restart syncd.service || true
fi

[ -n "$first" ] || exit 0
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
ru*)
	cat <<'TEXT'
syncd установлен; служба пока не запущена. Дальше:
  1. настройки:   /etc/syncd/syncd.yaml (адрес CRM, логин, файл выгрузки)
  2. ключ API:    в файл /etc/syncd/credentials/crm_apikey (docs: operations)
  3. проверка:    syncd check --online
  4. что будет:   syncd plan clients
  5. расписание:  строка schedule в /etc/syncd/syncd.yaml
  6. запуск:      systemctl enable --now syncd
Описание: man syncd, /usr/share/doc/syncd
TEXT
	;;
*)
	cat <<'TEXT'
syncd is installed; its service is not started yet. Next:
  1. configure:    /etc/syncd/syncd.yaml (the CRM's address, login, the export's file)
  2. API key:      into the file /etc/syncd/credentials/crm_apikey (docs: operations)
  3. check it:     syncd check --online
  4. look ahead:   syncd plan clients
  5. schedule it:  the line `schedule` in /etc/syncd/syncd.yaml
  6. start it:     systemctl enable --now syncd
Documentation: man syncd, /usr/share/doc/syncd
TEXT
	;;
esac
