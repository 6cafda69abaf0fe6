#!/usr/bin/env bash
# Two people edit one customer. The second one is refused, sees what is there now, and decides again.
set -euo pipefail
base=${1:-http://127.0.0.1:8080}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

status() { curl -s -o "$work/body" -w '%{http_code}' "$@"; }

echo "Both read customer 3 and keep the tag:"
curl -s --etag-save "$work/anna" "$base/customers/3"
echo
cp "$work/anna" "$work/bram"

echo "Anna moves the customer to Leiden:"
status -X PATCH -H "If-Match: $(cat "$work/anna")" -H 'Content-Type: application/merge-patch+json' \
    -d '{"city":"Leiden"}' "$base/customers/3"
echo

echo "Bram, with the tag of before, changes the language (a member inside a jsonb column):"
change='{"preferences":{"language":"fr"}}'
status -X PATCH -H "If-Match: $(cat "$work/bram")" -H 'Content-Type: application/merge-patch+json' \
    -d "$change" "$base/customers/3"
echo
cat "$work/body"
echo

echo "He looks at what is there now, and as his change does not touch the city, sends it again with the new tag:"
curl -s -o /dev/null --etag-save "$work/bram" "$base/customers/3"
status -X PATCH -H "If-Match: $(cat "$work/bram")" -H 'Content-Type: application/merge-patch+json' \
    -d "$change" "$base/customers/3"
echo
