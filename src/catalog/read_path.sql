-- Four columns: the schemas of the search_path that are not in $1, in the order of the path, after an empty name (NULL
-- if there are none); the path as it is set; the first schema of it that exists; all schemas of it that exist.
SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
            THEN pg_catalog.array_prepend('', pg_catalog.array_agg(p.name::text ORDER BY p.place)) END,
       pg_catalog.current_setting('search_path'),
       pg_catalog.current_schema(),
       pg_catalog.current_schemas(false)
FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS p (name, place)
WHERE p.name::text OPERATOR(pg_catalog.<>) ALL ($1::text[])
