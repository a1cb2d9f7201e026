#!/bin/sh
# After the files were removed.   deb: remove | purge | upgrade …   rpm: 0 at the removal, 1 at an upgrade
#
# A removal keeps state, configuration and credentials: the state is what tells an
# edit from an old value, and the CRM cannot give it back. Only `apt purge`, which
# asks for just that, removes them. The user stays, as files elsewhere may be its.
set -e

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi
case "${1:-}" in
remove | 0) echo "syncd: kept /var/lib/syncd (state) and /etc/syncd (configuration, credentials)" ;;
purge)
	rm -rf /var/lib/syncd /etc/syncd/credentials
	rmdir /etc/syncd 2>/dev/null || true
	;;
esac
