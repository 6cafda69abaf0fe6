-- Midair's triggers on relation $1: name, whether each is enabled, its function, and its arguments in hexadecimal.
SELECT t.tgname, t.tgenabled IN ('O', 'A'), p.proname, pg_catalog.encode(t.tgargs, 'hex')
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE t.tgrelid = $1::oid AND n.nspname = 'midair_triggers' AND t.tgparentid = 0 AND NOT t.tgisinternal
ORDER BY t.tgname
