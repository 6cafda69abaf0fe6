-- What can render representations. First, aggregates of the schemas in $1 over the rows of a relation (or over
-- anyelement) whose result or transition type is a domain that is named as a media type. Second, the function of
-- PostGIS that makes a GeoJSON feature of a row, with the OID of its type geometry instead of that of a relation.
WITH RECURSIVE media (oid, name, base) AS (
    SELECT t.oid, pg_catalog.lower(t.typname), t.typbasetype
    FROM pg_catalog.pg_type t
    WHERE t.typtype = 'd' AND t.typname ~ '^([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*|\*/\*)$'
    UNION ALL
    SELECT m.oid, m.name, t.typbasetype
    FROM media m
    JOIN pg_catalog.pg_type t ON t.oid = m.base
    WHERE t.typtype = 'd'
),
-- Few functions are aggregates, and checking privileges is expensive, so aggregates are selected first.
aggregates AS MATERIALIZED (
    SELECT p.oid, p.proname, p.pronamespace, p.prorettype, p.proargtypes[0] AS argument
    FROM pg_catalog.pg_proc p
    WHERE p.prokind = 'a' AND p.pronargs = 1
)
SELECT n.nspname,
       p.proname,
       coalesce(r.name, c.name),
       CASE WHEN a.typtype = 'c' THEN a.typrelid ELSE 0 END,
       'pg_catalog.bytea'::regtype IN (p.prorettype, r.base)
FROM aggregates p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = p.oid
JOIN pg_catalog.pg_type a ON a.oid = p.argument
LEFT JOIN media r ON r.oid = p.prorettype AND (SELECT t.typtype FROM pg_catalog.pg_type t WHERE t.oid = r.base) <> 'd'
LEFT JOIN media c ON c.oid = g.aggtranstype AND (SELECT t.typtype FROM pg_catalog.pg_type t WHERE t.oid = c.base) <> 'd'
WHERE n.nspname = ANY ($1::text[])
  AND g.aggkind = 'n'
  AND (a.typtype = 'c' OR a.oid = 'pg_catalog.anyelement'::regtype)
  AND (r.oid IS NOT NULL OR c.oid IS NOT NULL)
  AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
UNION ALL
SELECT n.nspname, p.proname, NULL, g.oid, false
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid
                           AND d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_catalog.pg_proc p ON p.oid = d.objid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_type g ON g.typname = 'geometry' AND g.typnamespace = p.pronamespace
WHERE e.extname = 'postgis' AND p.proname = 'st_asgeojson' AND p.proargtypes[0] = 'pg_catalog.record'::regtype
  AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2
