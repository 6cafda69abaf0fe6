-- The columns of relation $1 with the names $2: name, type as printed, OID and modifier of the type (for a domain, of
-- its base type), whether the type is a domain, whether the column is generated, and whether it is part of the primary
-- key, of the partition key or of a foreign key.
SELECT a.attname,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END,
       CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
       t.typtype = 'd',
       a.attgenerated <> '' OR a.attidentity <> '',
       EXISTS (SELECT FROM pg_catalog.pg_index i
               WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[]))
       OR EXISTS (SELECT FROM pg_catalog.pg_partitioned_table p
                  WHERE p.partrelid = a.attrelid AND a.attnum = ANY (p.partattrs::int2[]))
       OR EXISTS (SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.contype = 'f' AND k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey))
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = $1::oid AND a.attname = ANY ($2::text[]) AND a.attnum > 0 AND NOT a.attisdropped
