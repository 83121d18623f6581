# SPDX-License-Identifier: BSD-2-Clause OR MIT
# postgres.sh - sourced by tests that need a PostgreSQL server: one of their own, in their folder,
# on a Unix socket there, as a user without rights; nothing of this machine's servers is used.
#
#	postgres_find || { skip "$postgres_why"; done_with; }
#	postgres_make			# the cluster, once; $postgres_url NAME is a URL
#	postgres_start; postgres_stop fast|immediate

postgres_find() {
	postgres_bin=
	for folder in /usr/lib/postgresql/*/bin; do
		[ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && postgres_bin=$folder
	done
	postgres_why='there is no PostgreSQL server: ./lab setup test-all installs one'
	[ -n "$postgres_bin" ] || return 1
	postgres_why='a server does not start as root, and there is no setpriv'
	[ "$(id -u)" != 0 ] || command -v setpriv >/dev/null
}

# As somebody who may do nothing here.
postgres_as() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# $work/pg is the server's; the role lab may connect, the role secret needs a password.
postgres_make() {
	chmod 755 "$work" && mkdir "$work/pg" || return 1
	[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/pg" || return 1
	(cd "$work/pg" && postgres_as "$postgres_bin/initdb" -D "$work/pg/data" -A trust -U lab \
		-N --no-instructions --locale=C -E UTF8 >"$work/initdb.log" 2>&1) || return 1
	postgres_as tee "$work/pg/data/pg_hba.conf" >/dev/null <<-'HBA'
		local all secret scram-sha-256
		local all all trust
	HBA
}

postgres_start() {
	(cd "$work/pg" && postgres_as "$postgres_bin/pg_ctl" -D data -w -l "$work/pg/log" \
		-o "-k $work/pg -c listen_addresses= -c fsync=off -c shared_buffers=4MB
			-c autovacuum=off -c max_connections=40 -c max_wal_senders=0" \
		start >/dev/null 2>&1 </dev/null)
}

postgres_stop() {
	(cd "$work/pg" &&
		postgres_as "$postgres_bin/pg_ctl" -D data -w -m "$1" stop >/dev/null 2>&1)
}

# postgres_url DATABASE [USER]
postgres_url() {
	echo "postgresql:///$1?host=$work/pg&user=${2:-lab}"
}

# postgres_sql DATABASE TEXT: without a line of headings or counts.
postgres_sql() {
	"$postgres_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$(postgres_url "$1")" -c "$2"
}
