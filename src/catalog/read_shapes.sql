-- The shape of each relation in $1 (oids): a digest of everything in the system catalog that determines the bytes that
-- a row is rendered as, apart from the row itself. It is part of every entity tag (docs/http.md section 3), so it must
-- change with each DDL statement that changes rows without changing their stamps. An unnecessary change only causes
-- some 412 responses.
--
-- The row version (xmin) of pg_attribute detects rewrites of the values: ALTER COLUMN TYPE with USING and SET
-- EXPRESSION replace that row even if the type stays the same.
WITH RECURSIVE sources (root, oid) AS (
    SELECT o.oid, o.oid FROM pg_catalog.unnest($1::oid[]) AS o (oid)
    UNION
    -- The relations that a view or materialized view reads, through other views.
    SELECT s.root, d.refobjid
    FROM sources s
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = s.oid AND r.ev_type = '1'
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
),
attributes AS MATERIALIZED (
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.xmin
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid IN (SELECT oid FROM sources) AND a.attnum > 0 AND NOT a.attisdropped
),
-- All types that the values of a column's type consist of. The internals of built-in types never change.
inside (type, part) AS (
    SELECT DISTINCT atttypid, atttypid FROM attributes WHERE atttypid >= 16384
    UNION
    SELECT i.type, step.oid
    FROM inside i
    JOIN pg_catalog.pg_type t ON t.oid = i.part
    CROSS JOIN LATERAL (
        SELECT t.typbasetype
        UNION ALL
        SELECT t.typelem
        UNION ALL
        SELECT g.rngsubtype FROM pg_catalog.pg_range g WHERE g.rngtypid = t.oid
        UNION ALL
        SELECT a.atttypid FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS step (oid)
    WHERE step.oid >= 16384
),
types AS (
    SELECT i.type,
           pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', i.part, t.typtype, t.typbasetype, t.typtypmod,
               t.typelem,
               (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.oid)::text
                FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
               (SELECT pg_catalog.array_agg(ROW(a.attnum, a.attname, a.atttypid, a.atttypmod)::text ORDER BY a.attnum)::text
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
               -- A cast to json determines how to_json() renders the value.
               (SELECT pg_catalog.max(ROW(k.castfunc::oid, p.xmin)::text)
                FROM pg_catalog.pg_cast k JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc
                WHERE k.castsource = t.oid AND k.casttarget = 'pg_catalog.json'::regtype)
           ), ';' ORDER BY i.part)) AS digest
    FROM inside i
    JOIN pg_catalog.pg_type t ON t.oid = i.part
    GROUP BY i.type
),
parts (root, source, number, text) AS (
    SELECT s.root, s.oid, a.attnum::integer,
           pg_catalog.concat_ws(' ', a.attnum, pg_catalog.quote_ident(a.attname), a.atttypid, a.atttypmod, a.attcollation,
               a.xmin, t.digest,
               CASE WHEN s.oid = s.root THEN pg_catalog.has_column_privilege(s.oid, a.attnum, 'SELECT') END)
    FROM sources s
    JOIN attributes a ON a.attrelid = s.oid
    LEFT JOIN types t ON t.type = a.atttypid
    UNION ALL
    SELECT s.root, s.oid, 0, pg_catalog.md5(r.ev_action::text)
    FROM sources s
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = s.oid AND r.ev_type = '1'
)
SELECT root, pg_catalog.md5(pg_catalog.string_agg(source || ' ' || text, ';' ORDER BY source, number))
FROM parts
GROUP BY root
