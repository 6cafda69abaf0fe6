-- Relations of the schemas in $1, except partitions, temporary tables and members of extensions.
WITH RECURSIVE exposed AS (
    SELECT c.oid, c.relname, c.relnamespace, c.relkind, c.relrowsecurity, n.nspname,
           pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable,
           CASE WHEN c.relkind IN ('v', 'f') THEN pg_catalog.pg_relation_is_updatable(c.oid::regclass, true)
                WHEN c.relkind IN ('r', 'p') THEN 4 | 8 | 16
                ELSE 0 END AS events
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[])
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT c.relispartition
      AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
),
-- The relations that a write of each relation may change: its partitions, the tables that its foreign keys change with
-- it, and the parents that it touches (the arguments of the touch triggers name the constraints).
touches (source, target) AS MATERIALIZED (
    SELECT k.conrelid, k.confrelid
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_constraint k ON k.conrelid = t.tgrelid AND k.contype = 'f'
    WHERE t.tgname = 'zzz_midair_touch_update' AND n.nspname = 'midair_triggers'
      AND pg_catalog.strpos(pg_catalog.encode(t.tgargs, 'escape'), pg_catalog.encode('\x00'::bytea
          || pg_catalog.convert_to(k.conname::text, pg_catalog.getdatabaseencoding()) || '\x00'::bytea, 'escape')) > 0
),
steps (source, target) AS MATERIALIZED (
    SELECT i.inhparent, i.inhrelid FROM pg_catalog.pg_inherits i
    UNION ALL
    SELECT k.confrelid, k.conrelid FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
    UNION ALL
    SELECT source, target FROM touches
),
reached (root, oid) AS (
    SELECT oid, oid FROM exposed
    UNION
    SELECT r.root, s.target FROM reached r JOIN steps s ON s.source = r.oid
),
-- Relations whose writes may run triggers that midair did not create, constraints that are checked at commit, or rules.
foreign_triggers AS (
    SELECT DISTINCT r.root AS oid
    FROM reached r
    WHERE EXISTS (SELECT FROM pg_catalog.pg_trigger t
                  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                  WHERE t.tgrelid = r.oid
                    AND (t.tgdeferrable OR (NOT t.tgisinternal AND n.nspname <> 'midair_triggers')))
       OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = r.oid)
),
-- The relations that a write of each relation goes through: its partitions, and everything that a view reads.
written (root, oid) AS (
    SELECT oid, oid FROM exposed
    UNION
    SELECT w.root, step.oid
    FROM written w
    CROSS JOIN LATERAL (
        SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = w.oid
        UNION ALL
        SELECT d.refobjid
        FROM pg_catalog.pg_rewrite r
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                                   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
        WHERE r.ev_class = w.oid AND r.ev_type = '1'
    ) AS step (oid)
),
-- Steps by which a write may lead back to a row that it wrote: touches, and cascades of changed keys.
loops (source, target) AS MATERIALIZED (
    SELECT s.source, s.target FROM touches s
    UNION ALL
    SELECT k.confrelid, k.conrelid FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' AND k.confupdtype IN ('c', 'n', 'd')
),
-- Everything that a write of each relation may change in the end, through all of these.
changed (root, oid) AS (
    SELECT root, oid FROM written
    UNION
    SELECT c.root, s.target FROM changed c JOIN steps s ON s.source = c.oid
),
-- Relations whose rows may change again between their write and the commit. Triggers after the write that are not
-- midair's can write anything, INSTEAD OF triggers and rules may write something other than what they return, and a
-- loop may lead back to the row.
revised AS (
    SELECT DISTINCT c.root AS oid
    FROM changed c
    WHERE EXISTS (SELECT FROM pg_catalog.pg_trigger t
                  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                  WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND n.nspname <> 'midair_triggers'
                    AND (t.tgtype & 64 = 64 OR t.tgtype & 2 = 0))
       OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1')
       OR EXISTS (SELECT FROM loops l JOIN written w ON w.oid = l.target WHERE l.source = c.oid AND w.root = c.root)
),
-- Relations whose writes are replaced by others: by INSTEAD OF triggers and rules (rewritten), or by BEFORE triggers
-- for each row that are not midair's (vetoed). The same of inserts (diverted).
detours AS (
    SELECT w.root AS oid,
           pg_catalog.bool_or(i.instead OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r
                                                   WHERE r.ev_class = w.oid AND r.ev_type IN ('2', '4'))) AS rewritten,
           pg_catalog.bool_or(i.before) AS vetoed,
           pg_catalog.bool_or(i.diverted OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r
                                                    WHERE r.ev_class = w.oid AND r.ev_type = '3')) AS diverted
    FROM written w
    CROSS JOIN LATERAL (
        SELECT coalesce(pg_catalog.bool_or(t.tgtype & 64 = 64), false) AS instead,
               coalesce(pg_catalog.bool_or(t.tgtype & 3 = 3 AND t.tgtype & 24 <> 0
                                           AND n.nspname <> 'midair_triggers'), false) AS before,
               coalesce(pg_catalog.bool_or(t.tgtype & 4 = 4 AND (t.tgtype & 64 = 64 OR t.tgtype & 3 = 3)
                                           AND n.nspname <> 'midair_triggers'), false) AS diverted
        FROM pg_catalog.pg_trigger t
        JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE t.tgrelid = w.oid AND NOT t.tgisinternal
    ) AS i
    GROUP BY w.root
),
-- Midair's own triggers. Their arguments are the names of the stamp columns (src/stamping/sql.c).
stamps AS (
    SELECT t.tgrelid AS oid,
           pg_catalog.bool_or(t.tgname = 'zzz_midair_stamp_insert' AND t.tgenabled IN ('O', 'A')) AS on_insert,
           pg_catalog.bool_or(t.tgname = 'zzz_midair_stamp_update' AND t.tgenabled IN ('O', 'A')) AS on_update,
           pg_catalog.bool_or(t.tgname = 'zzz_midair_stamp_update' AND t.tgqual IS NOT NULL) AS old,
           pg_catalog.max(pg_catalog.encode(t.tgargs, 'hex')) AS arguments
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE t.tgname IN ('zzz_midair_stamp_insert', 'zzz_midair_stamp_update') AND n.nspname = 'midair_triggers'
    GROUP BY t.tgrelid
),
-- The relations that a view reads. Only an automatically updatable view has exactly one.
bases AS (
    SELECT w.ev_class AS oid, d.refobjid AS base,
           pg_catalog.array_agg(DISTINCT a.attname::text) FILTER (WHERE a.attname IS NOT NULL) AS columns
    FROM exposed e
    JOIN pg_catalog.pg_rewrite w ON w.ev_class = e.oid
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> w.ev_class
                               AND d.deptype = 'n'
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
    WHERE e.relkind = 'v' AND pg_catalog.pg_relation_is_updatable(e.oid::regclass, false) & 4 = 4
    GROUP BY w.ev_class, d.refobjid
),
-- Automatically updatable views, and whether their rows can be locked. This requires that the user may update the view,
-- and that its owner may update the relations beneath it; with security_invoker the user must have both privileges.
simple AS (
    SELECT e.oid,
           e.usable AND pg_catalog.has_any_column_privilege(e.oid, 'UPDATE')
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite w
                       JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
                                                  AND d.refclassid = 'pg_catalog.pg_class'::regclass
                                                  AND d.refobjid <> w.ev_class
                       WHERE w.ev_class = e.oid
                         AND NOT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
                                                   WHERE o.option_name = 'security_invoker' AND o.option_value::bool)
                                      THEN pg_catalog.has_any_column_privilege(d.refobjid, 'UPDATE')
                                      ELSE pg_catalog.has_any_column_privilege(c.relowner, d.refobjid, 'UPDATE')
                                 END) AS lockable
    FROM exposed e
    JOIN pg_catalog.pg_class c ON c.oid = e.oid
    WHERE e.relkind = 'v' AND pg_catalog.pg_relation_is_updatable(e.oid::regclass, false) & 4 = 4
)
SELECT e.oid,
       e.nspname,
       e.relname,
       e.relkind,
       pg_catalog.obj_description(e.oid, 'pg_class'),
       e.relrowsecurity,
       e.usable AND pg_catalog.has_any_column_privilege(e.oid, 'SELECT'),
       e.usable AND e.events & 8 = 8 AND pg_catalog.has_any_column_privilege(e.oid, 'INSERT'),
       e.usable AND e.events & 4 = 4 AND pg_catalog.has_any_column_privilege(e.oid, 'UPDATE'),
       e.usable AND e.events & 16 = 16 AND pg_catalog.has_table_privilege(e.oid, 'DELETE'),
       e.relkind IN ('v', 'f') OR f.oid IS NOT NULL,
       s.on_insert,
       s.on_update,
       s.arguments,
       b.base,
       b.columns,
       d.rewritten,
       d.vetoed,
       v.oid IS NOT NULL,
       v.lockable,
       z.oid IS NOT NULL,
       e.relkind IN ('r', 'f') AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = e.oid),
       d.diverted,
       s.old,
       e.events & 8 = 8,
       e.events & 4 = 4,
       e.events & 16 = 16
FROM exposed e
JOIN detours d ON d.oid = e.oid
LEFT JOIN foreign_triggers f ON f.oid = e.oid
LEFT JOIN stamps s ON s.oid = e.oid
LEFT JOIN simple v ON v.oid = e.oid
LEFT JOIN revised z ON z.oid = e.oid
LEFT JOIN bases b ON b.oid = e.oid AND (SELECT pg_catalog.count(*) FROM bases o WHERE o.oid = e.oid) = 1
ORDER BY e.nspname, e.relname
