-- Schemas of the path $1 in which a role can create objects that is neither a superuser nor the schema's owner nor the
-- connected role. Such a role can define functions, operators and types that capture unqualified names.
SELECT n.nspname,
       pg_catalog.string_agg(CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE r.rolname::text END, ', '
                             ORDER BY a.grantee <> 0, r.rolname)
FROM pg_catalog.pg_namespace n
CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
WHERE n.nspname = ANY ($1::text[])
  AND a.privilege_type = 'CREATE'
  AND (a.grantee = 0 OR a.grantee <> n.nspowner AND NOT r.rolsuper AND r.rolname <> current_user)
GROUP BY n.nspname
ORDER BY n.nspname
