
DECLARE
    moment pg_catalog.timestamptz := pg_catalog.clock_timestamp();
BEGIN
    NEW.@created@ := moment;
    NEW.@modified@ := moment;
    NEW.@version@ := 1;
    RETURN NEW;
END
