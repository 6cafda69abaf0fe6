-- The schema midair_triggers: whether it exists, whether midair created it (it has the comment $1), and how many
-- objects depend on it.
SELECT n.oid IS NOT NULL,
       coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace') = $1::text, false),
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid)
FROM (SELECT pg_catalog.to_regnamespace('midair_triggers')::oid) AS s (oid)
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = s.oid
