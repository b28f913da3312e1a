#!/usr/bin/env bash
# Runs a command against a throw-away Postgres of the system (15 is the oldest supported), reached through
# SWITCHYARD_TEST_DATABASE_URL: test/with-system-postgres.sh npx vitest run src/store
# POSTGRES_BIN names another installation. Leaves nothing behind, however it ends.
set -euo pipefail

bin=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
if [[ $# -eq 0 ]]; then
  echo "usage: $0 <command> [argument …]" >&2
  exit 2
fi
if [[ ! -x $bin/initdb || ! -x $bin/postgres ]]; then
  echo "$0: no Postgres in $bin (set POSTGRES_BIN)" >&2
  exit 2
fi

# Postgres refuses to run as root.
as_owner=()
if [[ $(id -u) -eq 0 ]]; then
  owner=nobody
  if id postgres >/dev/null 2>&1; then owner=postgres; fi
  as_owner=(setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups env HOME=/)
fi

# Short, because a unix socket's path has at most 107 bytes; under /tmp whatever TMPDIR says.
dir=$(mktemp -d /tmp/sy-pg.XXXXXX)
postgres=''
cleanup() {
  trap - EXIT INT TERM HUP
  if [[ -n $postgres ]]; then
    kill -INT "$postgres" 2>/dev/null || true # fast shutdown
    wait "$postgres" 2>/dev/null || true
  fi
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [[ ${#as_owner[@]} -gt 0 ]]; then chown "$owner" "$dir"; fi
chmod 755 "$dir"
cd "$dir"

if ! "${as_owner[@]}" "$bin/initdb" --pgdata "$dir/data" --username switchyard --auth trust \
  --encoding UTF8 --locale C --no-sync >"$dir/initdb.log" 2>&1; then
  cat "$dir/initdb.log" >&2
  exit 1
fi

# Only on the socket in $dir: no port is taken and nobody else reaches it over the network. Its own session, so that
# Ctrl-C reaches the command first and the database is stopped by `cleanup` last.
setsid "${as_owner[@]}" "$bin/postgres" -D "$dir/data" -k "$dir" -p 5432 \
  -c listen_addresses='' -c max_connections=200 -c fsync=off -c full_page_writes=off \
  >"$dir/postgres.log" 2>&1 &
postgres=$!

ready=false
for _ in $(seq 1 150); do
  if "$bin/pg_isready" --quiet --host "$dir" --username switchyard --dbname postgres; then
    ready=true
    break
  fi
  if ! kill -0 "$postgres" 2>/dev/null; then break; fi
  sleep 0.2
done
if [[ $ready == false ]]; then
  echo "$0: Postgres did not start" >&2
  cat "$dir/postgres.log" >&2
  exit 1
fi

cd "$OLDPWD"
"$bin/psql" --quiet --no-psqlrc --host "$dir" --username switchyard --dbname postgres \
  --command 'CREATE DATABASE switchyard_test'
echo "$("$bin/postgres" --version) in $dir"

export SWITCHYARD_TEST_DATABASE_URL="postgres://switchyard@localhost/switchyard_test?host=$dir"
"$@"
