#!/bin/sh
# Prints the folder of PostgreSQL's server programs (initdb, postgres), and installs
# them first where they are missing. `make test` calls it; the tests start their own
# throw-away server from what it finds.
#
#   PGBIN=$(scripts/postgres.sh)
set -eu

find_bin() {
	for dir in "${PGBIN:-}" "$(pg_config --bindir 2>/dev/null || true)" \
		$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV) \
		"$(dirname "$(command -v initdb 2>/dev/null || echo /nonexistent/initdb)")"; do
		if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
			echo "$dir"
			return 0
		fi
	done
	return 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_server() {
	if command -v apt-get >/dev/null; then
		# Debian would otherwise start a cluster of its own that nobody asked for.
		as_root mkdir -p /etc/postgresql-common
		[ -e /etc/postgresql-common/createcluster.conf ] ||
			echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
		as_root apt-get update -qq
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql
	elif command -v dnf >/dev/null; then
		as_root dnf install -q -y postgresql-server
	elif command -v brew >/dev/null; then
		brew install --quiet postgresql@16
	else
		echo "scripts/postgres.sh: install PostgreSQL 13 or later by hand, then set PGBIN to the folder of initdb" >&2
		return 1
	fi
}

find_bin || { install_server >&2 && find_bin; } || {
	echo "scripts/postgres.sh: no PostgreSQL server programs found; set PGBIN to the folder of initdb" >&2
	exit 1
}
