-- Foreign keys between the relations in $1 (oids): one row per pair of columns, in the order of the constraint. The
-- last column counts how many of midair's three touch triggers on the child exist and are enabled for the constraint;
-- the triggers name the constraints in their arguments.
SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.confdeltype, k.confupdtype, p.child, p.parent,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger t
        JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
        JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
        WHERE t.tgrelid = k.conrelid AND n.nspname = 'midair_triggers' AND t.tgenabled IN ('O', 'A')
          AND t.tgname IN ('zzz_midair_touch_insert', 'zzz_midair_touch_update', 'zzz_midair_touch_delete')
          AND pg_catalog.strpos(pg_catalog.encode(t.tgargs, 'escape'), pg_catalog.encode('\x00'::bytea
              || pg_catalog.convert_to(k.conname::text, pg_catalog.getdatabaseencoding()) || '\x00'::bytea, 'escape')) > 0)
FROM pg_catalog.pg_constraint k
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey))
    WITH ORDINALITY AS p (child, parent, position)
WHERE k.contype = 'f' AND k.conparentid = 0
  AND k.conrelid = ANY ($1::oid[]) AND k.confrelid = ANY ($1::oid[])
ORDER BY k.conrelid, k.conname, k.oid, p.position
