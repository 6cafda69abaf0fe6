
DECLARE
    moment pg_catalog.timestamptz := pg_catalog.clock_timestamp();
BEGIN
    -- A row that moves to another partition comes here right after its update, which left this mark.
    IF pg_catalog.current_setting('midair.moving', true)
       OPERATOR(pg_catalog.=) pg_catalog.concat(NEW.@version@, ' ', NEW.@modified@) THEN
        PERFORM pg_catalog.set_config('midair.moving', '', true);
        RETURN NEW;
    END IF;
    NEW.@created@ := moment;
    NEW.@modified@ := moment;
    NEW.@version@ := 1;
    RETURN NEW;
END
