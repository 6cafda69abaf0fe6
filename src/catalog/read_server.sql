-- Who and where; which of the schemas in $1 can be used, and what is said of them.
SELECT pg_catalog.current_setting('server_version_num'),
       pg_catalog.current_database(),
       current_user,
       s.name,
       n.oid IS NOT NULL,
       n.oid IS NOT NULL AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       pg_catalog.obj_description(n.oid, 'pg_namespace')
FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS s (name, position)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
ORDER BY s.position
