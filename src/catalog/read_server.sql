-- The server, the database and the role; for each schema in $1, whether it exists, whether the role may use it, and its
-- comment; and the identity of this run of the server.
SELECT pg_catalog.current_setting('server_version_num'),
       pg_catalog.current_database(),
       current_user,
       s.name,
       n.oid IS NOT NULL,
       n.oid IS NOT NULL AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       pg_catalog.obj_description(n.oid, 'pg_namespace'),
       pg_catalog.concat_ws(' ', d.oid, pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())::numeric)
FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS s (name, position)
JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
ORDER BY s.position
