-- Foreign keys of relation $1, one row per pair of columns: the constraint; the parent and its owner; the two columns;
-- the type of the parent's column and the equality operator of the constraint; and the arguments of the parent's stamp
-- trigger, in hexadecimal.
SELECT k.conname, k.confrelid, n.nspname, c.relname,
       pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.pg_get_userbyid(c.relowner) = current_user,
       child.attname, parent.attname,
       pg_catalog.format('%I.%I', tn.nspname, t.typname),
       pg_catalog.format('OPERATOR(%I.%s)', opn.nspname, o.oprname),
       (SELECT pg_catalog.encode(g.tgargs, 'hex') FROM pg_catalog.pg_trigger g
        JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
        JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace
        WHERE g.tgrelid = k.confrelid AND g.tgname = 'zzz_midair_stamp_update' AND fn.nspname = 'midair_triggers')
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conppeqop))
    WITH ORDINALITY AS p (child, parent, op, position)
JOIN pg_catalog.pg_attribute child ON child.attrelid = k.conrelid AND child.attnum = p.child
JOIN pg_catalog.pg_attribute parent ON parent.attrelid = k.confrelid AND parent.attnum = p.parent
JOIN pg_catalog.pg_type t ON t.oid = parent.atttypid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_catalog.pg_operator o ON o.oid = p.op
JOIN pg_catalog.pg_namespace opn ON opn.oid = o.oprnamespace
WHERE k.contype = 'f' AND k.conrelid = $1::oid AND k.conparentid = 0
ORDER BY k.conname, p.position
