-- Functions of the schemas in $1 that the role may call: one row for each overload, with the input parameters and the
-- columns of the result. If the first element of $1 is an empty name, only functions whose first parameter is a row are
-- read.
WITH RECURSIVE domains (oid, base) AS (
    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype
    FROM domains d
    JOIN pg_catalog.pg_type t ON t.oid = d.base
    WHERE t.typtype = 'd'
),
-- The type at the end of each chain of domains.
beneath (oid, base) AS (
    SELECT d.oid, d.base
    FROM domains d
    JOIN pg_catalog.pg_type t ON t.oid = d.base
    WHERE t.typtype <> 'd'
)
SELECT n.nspname,
       p.proname,
       pg_catalog.obj_description(p.oid, 'pg_proc'),
       p.provolatile,
       p.proretset,
       p.provariadic <> 0,
       p.pronargdefaults,
       i.names,
       i.types,
       i.oids,
       CASE WHEN p.prorettype = 'pg_catalog.void'::regtype THEN 'void'
            WHEN f.has_out OR r.typtype = 'c' THEN 'row'
            WHEN r.oid = 'pg_catalog.record'::regtype THEN 'record'
            ELSE 'scalar' END,
       CASE WHEN f.has_out THEN 0 ELSE r.typrelid END,
       o.names,
       o.types,
       o.oids,
       o.kinds,
       p.proconfig,
       CASE WHEN p.pronargs - p.pronargdefaults <= 1 AND p.provariadic = 0
            THEN (SELECT a.typrelid FROM pg_catalog.pg_type a WHERE a.oid = p.proargtypes[0]) END,
       p.prorows = 1,
       CASE WHEN t.typtype = 'd' AND NOT p.proretset AND t.typname
                 ~ '^([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*|\*/\*)$'
            THEN pg_catalog.lower(t.typname) END
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
JOIN pg_catalog.pg_type r ON r.oid = coalesce((SELECT b.base FROM beneath b WHERE b.oid = t.oid), t.oid)
CROSS JOIN LATERAL (SELECT coalesce(p.proargmodes::text[] && '{o,b,t}', false) AS has_out) AS f
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(coalesce(p.proargnames[k.place], '') ORDER BY k.place) AS names,
           pg_catalog.array_agg(pg_catalog.format_type(k.type, -1) ORDER BY k.place) AS types,
           pg_catalog.array_agg(k.type ORDER BY k.place) AS oids
    FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS k (type, place)
    WHERE coalesce(p.proargmodes[k.place]::text, 'i') IN ('i', 'b', 'v')
) AS i
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(coalesce(c.name, '') ORDER BY c.place) AS names,
           pg_catalog.array_agg(pg_catalog.format_type(c.type, c.modifier) ORDER BY c.place) AS types,
           pg_catalog.array_agg(u.oid ORDER BY c.place) AS oids,
           pg_catalog.array_agg(CASE WHEN u.typcategory = 'A' AND u.typelem <> 0 OR u.typtype = 'c'
                                          OR EXISTS (SELECT FROM pg_catalog.pg_cast s
                                                     WHERE u.oid >= 16384 AND s.castsource = u.oid
                                                       AND s.casttarget = 'pg_catalog.json'::regtype
                                                       AND s.castmethod = 'f')
                                          OR u.oid = 'pg_catalog.record'::regtype
                                     THEN 'j' ELSE 'p' END ORDER BY c.place) AS kinds
    FROM (
        SELECT k.place, p.proargnames[k.place]::text AS name, k.type, -1 AS modifier
        FROM pg_catalog.unnest(p.proallargtypes) WITH ORDINALITY AS k (type, place)
        WHERE f.has_out AND p.proargmodes[k.place]::text IN ('o', 'b', 't')
        UNION ALL
        SELECT a.attnum, a.attname::text, a.atttypid, a.atttypmod
        FROM pg_catalog.pg_attribute a
        WHERE NOT f.has_out AND r.typtype = 'c' AND a.attrelid = r.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 1, p.proname::text, p.prorettype, -1
        WHERE NOT f.has_out AND r.typtype <> 'c'
    ) AS c
    JOIN pg_catalog.pg_type d ON d.oid = c.type
    LEFT JOIN beneath b ON b.oid = d.oid
    JOIN pg_catalog.pg_type u ON u.oid = coalesce(b.base, d.oid)
) AS o
WHERE n.nspname = ANY ($1::text[])
  AND p.prokind = 'f'
  AND (($1::text[])[1] <> '' OR EXISTS (SELECT FROM pg_catalog.pg_type a WHERE a.oid = p.proargtypes[0] AND a.typrelid <> 0))
  AND p.prorettype NOT IN ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.proname, pg_catalog.array_position($1::text[], n.nspname::text), p.oid
