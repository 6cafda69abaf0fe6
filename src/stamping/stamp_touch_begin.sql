
BEGIN
    -- A new statement: what an earlier one of the transaction touched is touched again.
    PERFORM pg_catalog.set_config('midair.touch', '', true);
    RETURN NULL;
END
