-- Columns of the relations in $1 (oids), by relation and position. A column of a domain type is described by the type
-- at the end of the chain of domains.
WITH RECURSIVE wanted AS (
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity,
           a.attgenerated, a.attcollation, c.relkind, c.relnamespace
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
),
beneath (oid, base, required, defaulted) AS (
    SELECT t.oid, t.oid, false, false
    FROM pg_catalog.pg_type t
    WHERE t.oid IN (SELECT atttypid FROM wanted)
    UNION ALL
    SELECT b.oid, t.typbasetype, b.required OR t.typnotnull, b.defaulted OR t.typdefault IS NOT NULL
    FROM beneath b
    JOIN pg_catalog.pg_type t ON t.oid = b.base
    WHERE t.typtype = 'd'
)
SELECT w.attrelid,
       w.attnum,
       w.attname,
       pg_catalog.format_type(w.atttypid, w.atttypmod),
       t.oid,
       t.typtype,
       t.typcategory = 'A' AND t.typelem <> 0,
       EXISTS (SELECT FROM pg_catalog.pg_cast k
               WHERE t.oid >= 16384 AND k.castsource = t.oid
                 AND k.casttarget = 'pg_catalog.json'::regtype AND k.castmethod = 'f'),
       coalesce(l.collisdeterministic, true),
       w.attnotnull OR b.required,
       w.attidentity <> '' OR (w.atthasdef AND w.attgenerated = '') OR b.defaulted,
       w.attidentity = 'a',
       w.attgenerated <> '',
       pg_catalog.has_column_privilege(w.attrelid, w.attnum, 'SELECT'),
       pg_catalog.has_column_privilege(w.attrelid, w.attnum, 'INSERT')
           AND (w.relkind NOT IN ('v', 'f') OR pg_catalog.pg_column_is_updatable(w.attrelid::regclass, w.attnum, true)),
       pg_catalog.has_column_privilege(w.attrelid, w.attnum, 'UPDATE')
           AND (w.relkind NOT IN ('v', 'f') OR pg_catalog.pg_column_is_updatable(w.attrelid::regclass, w.attnum, true)),
       pg_catalog.pg_get_expr(d.adbin, d.adrelid),
       m.description,
       (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
       -- The equality operator of the type's default btree operator class. The search_path may not contain it (citext).
       (SELECT 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')'
        FROM pg_catalog.pg_opclass c
        JOIN pg_catalog.pg_amop a ON a.amopfamily = c.opcfamily AND a.amoplefttype = c.opcintype
                                 AND a.amoprighttype = c.opcintype AND a.amopstrategy = 3
        JOIN pg_catalog.pg_operator o ON o.oid = a.amopopr
        JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
        WHERE t.oid >= 16384 AND c.opcintype = t.oid AND c.opcdefault AND c.opcmethod = 403),
       t.typtype = 'c' OR t.typcategory = 'N' AND t.typname LIKE 'reg%',
       -- The attributes of a composite type, or of the elements of an array of one.
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type s ON s.typtype = 'c' AND s.typrelid = a.attrelid
        WHERE s.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END AND a.attnum > 0 AND NOT a.attisdropped)
FROM wanted w
JOIN beneath b ON b.oid = w.atttypid
JOIN pg_catalog.pg_type t ON t.oid = b.base AND t.typtype <> 'd'
LEFT JOIN pg_catalog.pg_collation l ON l.oid = w.attcollation
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = w.attrelid AND d.adnum = w.attnum
LEFT JOIN pg_catalog.pg_description m ON m.classoid = 'pg_catalog.pg_class'::regclass AND m.objoid = w.attrelid
                                     AND m.objsubid = w.attnum
ORDER BY w.attrelid, w.attnum
