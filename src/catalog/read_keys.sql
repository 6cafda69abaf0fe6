-- Primary and unique keys of the relations in $1 (oids): one row per column, in key order. Partial and expression
-- indexes are not keys. A deferrable index is a key only if it belongs to the primary key.
SELECT i.indrelid, i.indexrelid, c.relname, i.indisprimary, k.attnum, i.indimmediate
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
WHERE i.indrelid = ANY ($1::oid[])
  AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND (i.indimmediate OR i.indisprimary)
  AND k.position <= i.indnkeyatts
ORDER BY i.indrelid, i.indisprimary DESC, c.relname, i.indexrelid, k.position
