
#variable_conflict use_column
-- midair.touch lists the rows that this statement has touched, with all that follows from it: each is touched once. It
-- begins with + while a chain of touches runs, and with - after it, for another event of the same statement (ON CONFLICT,
-- MERGE). The next statement begins anew.
<<midair>>
DECLARE
    list pg_catalog.text := pg_catalog.current_setting('midair.touch', true);
    here pg_catalog.text := pg_catalog.concat(pg_catalog.statement_timestamp(), ';');
    within pg_catalog.bool := coalesce(pg_catalog.starts_with(midair.list, '+'), false);
    seen pg_catalog.text[];
@declare@BEGIN
    IF NOT midair.within THEN
        PERFORM pg_catalog.set_config('midair.touch', pg_catalog.concat('+',
            CASE WHEN pg_catalog.starts_with(midair.list, pg_catalog.concat('-', midair.here))
                THEN pg_catalog.substr(midair.list, 2) ELSE midair.here END), true);
    END IF;
