-- The event trigger that tells midair of DDL: whether it exists and is enabled, and the body of its function.
SELECT t.evtenabled IN ('O', 'A'), p.prosrc
FROM pg_catalog.pg_event_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.evtfoid
WHERE t.evtname = 'midair_watch_ddl'
