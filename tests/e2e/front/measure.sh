#!/bin/sh
# CPU of front alone, a request: measure.sh FAKECORE FRONT [connections] [seconds] [path] [token]
# Two figures from /proc: user and system microseconds of front's process over the requests that wrk counted.
set -eu
fakecore=$1 front=$2 connections=${3:-64} seconds=${4:-5} path=${5:-/api/v1/me} token=${6:-abc}
port=$((20000 + $$ % 20000))
out=$(mktemp)
"$fakecore" "$front" "127.0.0.1:$port" "${LOOPS:-1}" plain_http=yes limits=no >"$out" 2>/dev/null &
trap 'kill %1 2>/dev/null; rm -f "$out"' EXIT
while ! grep -q ready "$out"; do sleep 0.05; done
pid=$(cut -d' ' -f2 "$out")
ticks() { awk '{print $14, $15}' "/proc/$pid/stat"; }
before=$(ticks)
wrk -t1 -c"$connections" -d"${seconds}s" --latency -H "Authorization: Bearer $token" "http://127.0.0.1:$port$path" >"$out.wrk"
after=$(ticks)
requests=$(awk '/requests in/ {print $1}' "$out.wrk")
echo "$before $after $requests" | awk -v c="$connections" -v p="$path" '{
  printf "%s, %d connections: %.1f us a request (user %.1f, system %.1f), %d requests\n", p, c, ($3+$4-$1-$2)*10000/$5, ($3-$1)*10000/$5, ($4-$2)*10000/$5, $5}'
grep -E "Requests/sec|50%|99%|Non-2xx|Socket errors" "$out.wrk" || true
rm -f "$out.wrk"
