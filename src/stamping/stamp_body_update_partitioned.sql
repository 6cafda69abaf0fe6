
DECLARE
    moment pg_catalog.timestamptz := pg_catalog.clock_timestamp();
BEGIN
    IF OLD.@version@ OPERATOR(pg_catalog.=) 9223372036854775807 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = pg_catalog.format('a row of %I.%I has the last version there is and cannot be changed any more',
                                        TG_TABLE_SCHEMA, TG_TABLE_NAME),
            HINT = 'Delete the row and insert it again.';
    END IF;
    NEW.@created@ := coalesce(OLD.@created@, OLD.@modified@, moment);
    -- Strictly later than before, even when the clock was set back.
    NEW.@modified@ := greatest(moment, CASE WHEN pg_catalog.isfinite(OLD.@modified@)
        THEN OLD.@modified@ OPERATOR(pg_catalog.+) pg_catalog.interval '1 microsecond' END);
    NEW.@version@ := coalesce(OLD.@version@, 0) OPERATOR(pg_catalog.+) 1;
    -- Should the row move to another partition: see the insert trigger.
    PERFORM pg_catalog.set_config('midair.moving', pg_catalog.concat(NEW.@version@, ' ', NEW.@modified@), true);
    RETURN NEW;
END
