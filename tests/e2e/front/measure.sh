#!/bin/sh
# CPU of front alone, a request: measure.sh FAKECORE FRONT [connections] [seconds] [path] [token]
# user and system microseconds of front's process (/proc) over the requests that wrk counted. TLS=yes: over TLS; LOOPS=n.
set -eu
fakecore=$1 front=$2 connections=${3:-64} seconds=${4:-5} path=${5:-/api/v1/me} token=${6:-abc}
port=$((20000 + $$ % 20000))
folder=$(mktemp -d)
trap 'kill %1 2>/dev/null; rm -rf "$folder"' EXIT
: >"$folder/out"
settings=plain_http=yes scheme=http
if [ -n "${TLS:-}" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
        -keyout "$folder/key" -out "$folder/cert" 2>/dev/null
    settings="certificate=$folder/cert key=$folder/key" scheme=https
fi
# shellcheck disable=SC2086 # several settings
"$fakecore" "$front" "127.0.0.1:$port" "${LOOPS:-1}" $settings limits=no >"$folder/out" 2>/dev/null &
while ! grep -q ready "$folder/out"; do sleep 0.05; done
pid=$(cut -d' ' -f2 "$folder/out")
ticks() { awk '{print $14, $15}' "/proc/$pid/stat"; }
before=$(ticks)
wrk -t1 -c"$connections" -d"${seconds}s" --latency -H "Authorization: Bearer $token" "$scheme://127.0.0.1:$port$path" >"$folder/wrk"
after=$(ticks)
requests=$(awk '/requests in/ {print $1}' "$folder/wrk")
echo "$before $after $requests" | awk -v c="$connections" -v p="$scheme $path" '{
  printf "%s, %d connections: %.1f us a request (user %.1f, system %.1f), %d requests\n", p, c, ($3+$4-$1-$2)*10000/$5, ($3-$1)*10000/$5, ($4-$2)*10000/$5, $5}'
grep -E "Requests/sec|50%|99%|Non-2xx|Socket errors" "$folder/wrk" || true
