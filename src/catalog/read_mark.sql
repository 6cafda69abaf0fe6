-- A text that changes when the structure of the database changes: for each catalog table that the other queries read,
-- the number of rows and the sum of their xmin. A changed row has a higher xmin than before, so no change leaves both
-- the same. Of pg_class the columns that matter are hashed instead, because TRUNCATE and REFRESH MATERIALIZED VIEW
-- update its rows as well. Temporary tables, and what initdb created, do not count.
WITH relation AS MATERIALIZED (
    SELECT c.oid,
           pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', c.oid, c.relnamespace, c.relname, c.relkind, c.relowner,
               c.relrowsecurity, c.relispartition, c.relacl, c.reloptions, c.relchecks), 0) AS digest
    FROM pg_catalog.pg_class c
    WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
),
part (name, rows, sum) AS (
    SELECT 'class', pg_catalog.count(*), pg_catalog.sum(r.digest) FROM relation r
    UNION ALL
    SELECT 'attribute', pg_catalog.count(*), pg_catalog.sum(a.xmin::text::bigint)
    FROM pg_catalog.pg_attribute a WHERE a.attnum > 0 AND a.attrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT 'default', pg_catalog.count(*), pg_catalog.sum(d.xmin::text::bigint)
    FROM pg_catalog.pg_attrdef d WHERE d.adrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT 'constraint', pg_catalog.count(*), pg_catalog.sum(k.xmin::text::bigint)
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = 0 OR k.conrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT 'index', pg_catalog.count(*), pg_catalog.sum(i.xmin::text::bigint)
    FROM pg_catalog.pg_index i WHERE i.indisunique AND i.indrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT 'trigger', pg_catalog.count(*), pg_catalog.sum(t.xmin::text::bigint)
    FROM pg_catalog.pg_trigger t WHERE t.tgrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT 'rule', pg_catalog.count(*), pg_catalog.sum(w.xmin::text::bigint)
    FROM pg_catalog.pg_rewrite w WHERE w.ev_class IN (SELECT oid FROM relation)
    UNION ALL
    SELECT 'inherits', pg_catalog.count(*), pg_catalog.sum(h.xmin::text::bigint) FROM pg_catalog.pg_inherits h
    UNION ALL
    SELECT 'function', pg_catalog.count(*), pg_catalog.sum(p.xmin::text::bigint)
    FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
    UNION ALL
    SELECT 'type', pg_catalog.count(*), pg_catalog.sum(y.xmin::text::bigint)
    FROM pg_catalog.pg_type y WHERE y.oid >= 16384 AND y.typtype <> 'c' AND y.typcategory <> 'A'
    UNION ALL
    SELECT 'enum', pg_catalog.count(*), pg_catalog.sum(e.xmin::text::bigint) FROM pg_catalog.pg_enum e
    UNION ALL
    SELECT 'cast', pg_catalog.count(*), pg_catalog.sum(s.xmin::text::bigint)
    FROM pg_catalog.pg_cast s WHERE s.oid >= 16384
    UNION ALL
    SELECT 'schema', pg_catalog.count(*), pg_catalog.sum(n.xmin::text::bigint)
    FROM pg_catalog.pg_namespace n WHERE n.nspname NOT LIKE 'pg\_%'
    UNION ALL
    SELECT 'member', pg_catalog.count(*), pg_catalog.sum(m.xmin::text::bigint) FROM pg_catalog.pg_auth_members m
)
SELECT pg_catalog.string_agg(pg_catalog.concat_ws(':', name, rows, sum), ' ' ORDER BY name) FROM part
