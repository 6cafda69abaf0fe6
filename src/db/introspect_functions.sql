-- Functions of the schemas in $1 that the role may call, one row a name; the first schema that has the name wins.
-- Privileges are looked at last: there are some thousands of functions outside these schemas.
WITH found AS MATERIALIZED (
    SELECT p.oid, p.proname, p.pronamespace
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace IN (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1::text[]))
      AND p.prokind = 'f'
      AND p.prorettype NOT IN ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
)
SELECT DISTINCT ON (p.proname) n.nspname, p.proname, pg_catalog.obj_description(p.oid, 'pg_proc')
FROM found p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.proname, pg_catalog.array_position($1::text[], n.nspname::text), p.oid
