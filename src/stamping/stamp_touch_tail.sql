    IF NOT midair.within THEN
        PERFORM pg_catalog.set_config('midair.touch', pg_catalog.concat('-',
            pg_catalog.substr(pg_catalog.current_setting('midair.touch', true), 2)), true);
    END IF;
    RETURN NULL;
END
