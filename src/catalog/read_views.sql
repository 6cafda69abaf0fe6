-- The views among the relations in $1 (oids), and all views that these read in turn, in whatever schema, each with its
-- definition as PostgreSQL stores it.
WITH RECURSIVE reached (oid) AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c
    WHERE c.oid = ANY ($1::oid[]) AND c.relkind IN ('v', 'm')
    UNION
    SELECT c.oid
    FROM reached v
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid AND r.ev_type = '1'
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> v.oid
    JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind IN ('v', 'm')
)
SELECT v.oid, r.ev_action::text
FROM reached v
JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid AND r.ev_type = '1'
ORDER BY v.oid
