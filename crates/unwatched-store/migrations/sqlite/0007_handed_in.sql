-- What objects that were handed in became, and which roots those reach who came with another server.

-- The indicators that an object became: they are withdrawn when it is.
CREATE TABLE taxii_inbox_rows (
    collection BIGINT NOT NULL REFERENCES taxii_collections (number),
    date_added BIGINT NOT NULL,
    indicator BIGINT NOT NULL,
    PRIMARY KEY (collection, date_added, indicator)
) WITHOUT ROWID;
CREATE INDEX taxii_inbox_rows_by_indicator ON taxii_inbox_rows (indicator);

-- Whom of those without a partner an API root lets in.
CREATE TABLE taxii_user_roots (
    name TEXT NOT NULL REFERENCES taxii_users (name),
    root TEXT NOT NULL REFERENCES taxii_roots (path),
    PRIMARY KEY (name, root)
) WITHOUT ROWID;
INSERT INTO taxii_user_roots (name, root)
SELECT u.name, r.path FROM taxii_users u CROSS JOIN taxii_roots r
WHERE u.partner IS NULL AND r.audience = 'users';
