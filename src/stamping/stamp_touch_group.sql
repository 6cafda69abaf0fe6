    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        SELECT @gather@ INTO @into@
        FROM (@inserted@ ORDER BY @order@) AS c (@names@);
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        SELECT @gather@ INTO @into@
        FROM (@deleted@ ORDER BY @order@) AS c (@names@);
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
        SELECT @gather@ INTO @into@
        FROM (@updated@ ORDER BY @order@) AS c (@names@);
    ELSE
        SELECT @gather@ INTO @into@
        FROM (@truncated@ ORDER BY @order@) AS c (@names@);
    END IF;
    IF @first@ IS NOT NULL THEN
        IF pg_catalog.cardinality(@first@) OPERATOR(pg_catalog.>) 1 THEN
            -- Several are locked in the order of their keys, so that two who touch the same ones cannot deadlock.
            PERFORM 1 FROM @keys@
            CROSS JOIN LATERAL (SELECT FROM @parent@ AS t WHERE @match@ FOR NO KEY UPDATE) AS l;
        END IF;
        list := pg_catalog.current_setting('midair.touch', true);
        seen := CASE WHEN pg_catalog.strpos(midair.list, ';@tag@/') OPERATOR(pg_catalog.>) 0
            THEN pg_catalog.string_to_array(midair.list, ';') END;
        -- Stamped exactly right, so that the parent's own trigger need not be called.
        WITH touched AS (
            UPDATE @parent@ AS t
            SET @version@ = CASE WHEN t.@version@ OPERATOR(pg_catalog.<) 9223372036854775807
                    THEN t.@version@ OPERATOR(pg_catalog.+) 1 ELSE t.@version@ END,
                @modified@ = greatest(pg_catalog.clock_timestamp(), CASE WHEN pg_catalog.isfinite(t.@modified@)
                    THEN t.@modified@ OPERATOR(pg_catalog.+) pg_catalog.interval '1 microsecond' END)
            FROM @keys@
            WHERE @match@
              AND (midair.seen IS NULL OR pg_catalog.concat('@tag@/', t.tableoid, t.ctid)
                   OPERATOR(pg_catalog.<>) ALL (midair.seen))
            RETURNING pg_catalog.concat('@tag@/', t.tableoid, t.ctid, ';') AS mark
        )
        SELECT pg_catalog.set_config('midair.touch',
                   pg_catalog.concat(midair.list, pg_catalog.string_agg(touched.mark, '')), true)
        INTO midair.list FROM touched;
    END IF;
