"""The ledgers of earlier releases, as they stand in offices: the n-th script brings one from version n to n + 1."""

MIGRATIONS = (
    """
    CREATE TABLE receipt (
        sha256 TEXT PRIMARY KEY,
        file TEXT NOT NULL,                 -- name under which it was dropped
        path TEXT NOT NULL UNIQUE,          -- where it is kept, relative to the workspace
        arrived TEXT NOT NULL,              -- ISO day
        saved_at TEXT NOT NULL,             -- ISO time of the sender's last save, '' if unknown
        content TEXT NOT NULL,              -- digest of figures and ledgers, '' if it has none
        team TEXT,                          -- null: not yet identified
        period TEXT,
        CHECK ((team IS NULL) = (period IS NULL))
    ) STRICT;
    CREATE INDEX receipt_by_period ON receipt (period, team);
    CREATE TABLE finding (
        key TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('OPEN', 'EXPLAINED', 'CLOSED', 'REOPENED', 'WAIVED')),
        first_seen TEXT NOT NULL,           -- as-of day of the night that found it
        changed_on TEXT NOT NULL,           -- as-of day of the last change of state
        severity TEXT NOT NULL,
        period TEXT NOT NULL, team TEXT NOT NULL, rule TEXT NOT NULL, says TEXT NOT NULL, file TEXT NOT NULL,
        submission TEXT NOT NULL, sheet TEXT NOT NULL, cell TEXT NOT NULL, "row" INTEGER, "column" TEXT NOT NULL,
        sheet_key TEXT NOT NULL, field TEXT NOT NULL, line INTEGER, subject TEXT NOT NULL, value TEXT NOT NULL,
        expected TEXT NOT NULL
    ) STRICT;
    CREATE INDEX finding_by_period ON finding (period, team);
    CREATE TABLE night (
        period TEXT NOT NULL,
        as_of TEXT NOT NULL,
        fingerprint TEXT NOT NULL,          -- of schemas/
        PRIMARY KEY (period, as_of)
    ) STRICT;
    """,
    """
    CREATE TABLE total (                    -- the district's figures as a night gave them out
        period TEXT NOT NULL,
        as_of TEXT NOT NULL,
        indicator TEXT NOT NULL,
        value TEXT NOT NULL,                -- an exact decimal number
        reported INTEGER NOT NULL,          -- teams whose figures it adds up
        PRIMARY KEY (period, as_of, indicator),
        FOREIGN KEY (period, as_of) REFERENCES night
    ) STRICT;
    """,
)
