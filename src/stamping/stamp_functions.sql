-- Trigger functions in the schema midair_triggers: name, body, whether the role may replace them, and the OIDs of the
-- tables that use them.
SELECT p.proname, p.prosrc, pg_catalog.pg_has_role(p.proowner, 'USAGE'),
       (SELECT pg_catalog.array_agg(DISTINCT t.tgrelid::text) FROM pg_catalog.pg_trigger t
        WHERE t.tgfoid = p.oid AND t.tgparentid = 0)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'midair_triggers' AND p.pronargs = 0 AND (p.proname LIKE 'stamp\_%' OR p.proname LIKE 'touch\_%')
ORDER BY p.proname
