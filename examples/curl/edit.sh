#!/usr/bin/env bash
# Two people edit one customer. The second write is refused; its author reads the current row and decides again.
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

echo "Bram changes the language (a member inside a jsonb column), with the tag that he read before:"
change='{"preferences":{"language":"fr"}}'
status -X PATCH -H "If-Match: $(cat "$work/bram")" -H 'Content-Type: application/merge-patch+json' \
    -d "$change" "$base/customers/3"
echo
cat "$work/body"
echo

echo "Bram reads the current row. His change does not concern the city, so he sends it again with the new tag:"
curl -s -o /dev/null --etag-save "$work/bram" "$base/customers/3"
status -X PATCH -H "If-Match: $(cat "$work/bram")" -H 'Content-Type: application/merge-patch+json' \
    -d "$change" "$base/customers/3"
echo
