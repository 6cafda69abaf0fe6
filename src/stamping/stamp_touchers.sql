-- The tables whose changes touch rows of relation $1.
SELECT DISTINCT n.nspname, c.relname
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND t.tgname LIKE 'zzz\_midair\_touch\_%'
JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = $1::oid AND fn.nspname = 'midair_triggers'
ORDER BY n.nspname, c.relname
