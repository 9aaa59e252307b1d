-- The TAXII server: API roots, their collections, the versions of objects in them, and the statuses
-- of what was added. Times as in 0001.

-- discovery: what /taxii2/ says of this server, as JSON. asks: whether it says so only to those who
-- say who they are.
CREATE TABLE taxii_server (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    discovery TEXT NOT NULL,
    max_page_size BIGINT NOT NULL,
    asks BOOLEAN NOT NULL
);

-- audience: everybody, partners, or users (those of another server that were taken over).
CREATE TABLE taxii_roots (
    path TEXT PRIMARY KEY,
    place BIGINT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    versions TEXT NOT NULL,
    max_content_length BIGINT NOT NULL,
    audience TEXT NOT NULL
) WITHOUT ROWID;

-- newest: the latest date_added that was ever given. changes: counts up with each change. largest:
-- no object was ever longer. purpose: what the exchange itself does with it; none: nothing.
CREATE TABLE taxii_collections (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    root TEXT NOT NULL REFERENCES taxii_roots (path),
    id TEXT NOT NULL,
    alias TEXT,
    place BIGINT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    media_types TEXT NOT NULL,
    can_read BOOLEAN NOT NULL,
    can_write BOOLEAN NOT NULL,
    purpose TEXT,
    newest BIGINT NOT NULL DEFAULT 0,
    changes BIGINT NOT NULL DEFAULT 0,
    largest BIGINT NOT NULL DEFAULT 0,
    UNIQUE (root, id),
    UNIQUE (root, alias)
);

-- What one partner may do in a collection, where that is not what everybody may.
CREATE TABLE taxii_rights (
    collection BIGINT NOT NULL REFERENCES taxii_collections (number),
    partner TEXT NOT NULL REFERENCES partners (slug),
    can_read BOOLEAN NOT NULL,
    can_write BOOLEAN NOT NULL,
    PRIMARY KEY (collection, partner)
) WITHOUT ROWID;

-- One row per version of an object. version: as written; version_key: in the order of time; spec:
-- the version of STIX. superseded_at: the date_added of the row that made this one no longer the
-- latest. digest: of what has no versions of its own. by_partner: who added it; none: the exchange.
CREATE TABLE taxii_objects (
    number INTEGER PRIMARY KEY,
    collection BIGINT NOT NULL REFERENCES taxii_collections (number),
    date_added BIGINT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    version TEXT NOT NULL,
    version_key TEXT NOT NULL,
    spec TEXT NOT NULL,
    superseded_at BIGINT,
    by_partner TEXT,
    digest TEXT,
    object TEXT NOT NULL
);
CREATE UNIQUE INDEX taxii_objects_by_time ON taxii_objects (collection, date_added);
CREATE UNIQUE INDEX taxii_objects_by_id ON taxii_objects (collection, id, spec, version_key);
CREATE INDEX taxii_objects_by_type ON taxii_objects (collection, type, date_added);

-- document: the status as JSON. whose: who asked; none: whoever reads the root.
CREATE TABLE taxii_statuses (
    root TEXT NOT NULL REFERENCES taxii_roots (path),
    id TEXT NOT NULL,
    whose TEXT,
    document TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (root, id)
) WITHOUT ROWID;
CREATE INDEX taxii_statuses_by_time ON taxii_statuses (added_at);

-- Who comes with a name and a password. partner, role: for whom; none: for the roots whose audience
-- is users, and no partner.
CREATE TABLE taxii_users (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    partner TEXT REFERENCES partners (slug),
    role TEXT,
    added_at BIGINT NOT NULL,
    gone_at BIGINT
) WITHOUT ROWID;

-- What became of an object that was handed in. outcome: taken, waits or refused; why: in words.
-- indicator: the row it became.
CREATE TABLE taxii_inbox (
    collection BIGINT NOT NULL REFERENCES taxii_collections (number),
    date_added BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (collection, date_added)
) WITHOUT ROWID;
