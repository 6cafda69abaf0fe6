-- Who and where, and which of the schemas in $1 can be used.
SELECT pg_catalog.current_setting('server_version_num'),
       pg_catalog.current_database(),
       current_user,
       s.name,
       n.oid IS NOT NULL,
       n.oid IS NOT NULL AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS s (name, position)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
ORDER BY s.position
