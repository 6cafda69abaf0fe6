-- Foreign keys between the relations in $1 (oids): one row a pair of columns, in the order of the constraint.
SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.confdeltype, k.confupdtype, p.child, p.parent
FROM pg_catalog.pg_constraint k
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey))
    WITH ORDINALITY AS p (child, parent, position)
WHERE k.contype = 'f' AND k.conparentid = 0
  AND k.conrelid = ANY ($1::oid[]) AND k.confrelid = ANY ($1::oid[])
ORDER BY k.conrelid, k.conname, k.oid, p.position
