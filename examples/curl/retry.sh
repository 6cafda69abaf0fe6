#!/usr/bin/env bash
# Takes one piece of product 5 out of the warehouse in Leiden: reads the row, subtracts one, and writes on the condition
# that the row has not changed; if it has, it starts again. Ten of these at once reduce the stock by exactly ten.
set -euo pipefail
base=${1:-http://127.0.0.1:8080}
row=$base/stock/5,leiden
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for attempt in $(seq 100); do
    quantity=$(curl -sf --etag-save "$work/tag" "$row" | sed -n 's/.*"quantity": *\([0-9]*\).*/\1/p')
    [ -n "$quantity" ] || { echo "$row cannot be read"; exit 1; }
    [ "$quantity" -gt 0 ] || { echo "sold out"; exit 1; }
    status=$(curl -s -o /dev/null -w '%{http_code}' -X PATCH -H "If-Match: $(cat "$work/tag")" \
        -H 'Content-Type: application/merge-patch+json' -d "{\"quantity\":$((quantity - 1))}" "$row")
    case "$status" in
    200) echo "$((quantity - 1)) left, after $attempt attempt(s)"; exit 0 ;;
    412) ;;
    *) echo "HTTP $status"; exit 1 ;;
    esac
done
echo "gave up after 100 attempts"
exit 1
