-- The relation that a name means, in the schemas $1 in their order (none: those of the search_path). $2 holds the
-- spellings of the name in order of preference.
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition,
       EXISTS (SELECT FROM pg_catalog.pg_inherits i
               WHERE c.relkind = 'r' AND (i.inhparent = c.oid OR (i.inhrelid = c.oid AND NOT c.relispartition)))
FROM pg_catalog.unnest(CASE WHEN $1::text[] = '{}' THEN pg_catalog.current_schemas(false)::text[] ELSE $1::text[] END)
         WITH ORDINALITY AS s (name, position)
JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
CROSS JOIN pg_catalog.unnest($2::text[]) WITH ORDINALITY AS t (name, position)
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY t.position, s.position
LIMIT 1
