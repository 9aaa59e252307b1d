-- Times are microseconds since 1970, digests lower-case hexadecimal, *_key the lower-case form
-- by which something is found. Text is compared byte by byte.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('families', 0), ('release', 0);

CREATE TABLE partners (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    added_at BIGINT NOT NULL
);

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partner TEXT NOT NULL REFERENCES partners (slug),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    added_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id_sha256 TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    sha256 TEXT PRIMARY KEY,
    partner TEXT NOT NULL REFERENCES partners (slug),
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE families (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    platform TEXT,
    added_at BIGINT NOT NULL
);

-- source is empty for the names its creator gave.
CREATE TABLE family_aliases (
    family TEXT NOT NULL REFERENCES families (id),
    source TEXT NOT NULL,
    position BIGINT NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (family, source, position)
);

CREATE TABLE attributions (
    family TEXT NOT NULL REFERENCES families (id),
    source TEXT NOT NULL,
    class TEXT NOT NULL,
    PRIMARY KEY (family, source, class)
);

-- gone_at: the list that said so no longer does. The row stays as history and is read nowhere.
CREATE TABLE indicators (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL REFERENCES families (id),
    kind TEXT NOT NULL,
    normalised TEXT NOT NULL,
    role TEXT NOT NULL,
    source TEXT NOT NULL,
    value TEXT NOT NULL,
    tlp TEXT NOT NULL,
    field TEXT,
    position BIGINT,
    by_partner TEXT REFERENCES partners (slug),
    added_at BIGINT NOT NULL,
    gone_at BIGINT
);
-- Who added it is part of what a row is: nobody's statement is taken for another's.
CREATE UNIQUE INDEX indicators_once ON indicators
    (family, kind, normalised, role, source, COALESCE(by_partner, ''));
CREATE INDEX indicators_by_value ON indicators (normalised, kind);

CREATE TABLE samples (
    sha256 TEXT PRIMARY KEY,
    sha1 TEXT NOT NULL,
    md5 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    state TEXT NOT NULL,
    state_why TEXT,
    state_at BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    package TEXT,
    label TEXT
);
CREATE INDEX samples_by_time ON samples (first_seen, sha256);
CREATE INDEX samples_by_package ON samples (package);

CREATE TABLE submissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample TEXT NOT NULL REFERENCES samples (sha256),
    partner TEXT NOT NULL REFERENCES partners (slug),
    file_name TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX submissions_by_sample ON submissions (sample);

-- The latest report of each engine that read the sample, as JSON.
CREATE TABLE reports (
    sample TEXT NOT NULL REFERENCES samples (sha256),
    engine TEXT NOT NULL,
    report TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (sample, engine)
);

-- One row for a certificate's SHA-1 and one for its SHA-256.
CREATE TABLE sample_certificates (
    certificate TEXT NOT NULL,
    sample TEXT NOT NULL REFERENCES samples (sha256),
    PRIMARY KEY (certificate, sample)
) WITHOUT ROWID;
CREATE INDEX sample_certificates_by_sample ON sample_certificates (sample);

CREATE TABLE opinions (
    id TEXT PRIMARY KEY,
    family TEXT NOT NULL REFERENCES families (id),
    partner TEXT NOT NULL REFERENCES partners (slug),
    criterion TEXT NOT NULL,
    stance TEXT NOT NULL,
    evidence TEXT NOT NULL,
    scope TEXT NOT NULL,
    note TEXT,
    given_at BIGINT NOT NULL
);
CREATE INDEX opinions_by_family ON opinions (family, given_at, id);
CREATE TRIGGER opinions_keep BEFORE UPDATE ON opinions
BEGIN SELECT RAISE(ABORT, 'opinions is append-only'); END;
CREATE TRIGGER opinions_stay BEFORE DELETE ON opinions
BEGIN SELECT RAISE(ABORT, 'opinions is append-only'); END;

CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL REFERENCES families (id),
    verdict TEXT NOT NULL,
    saved_at BIGINT NOT NULL
);
CREATE INDEX verdicts_by_family ON verdicts (family, id);
CREATE TRIGGER verdicts_keep BEFORE UPDATE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts is append-only'); END;
CREATE TRIGGER verdicts_stay BEFORE DELETE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts is append-only'); END;

CREATE TABLE releases (
    sequence BIGINT PRIMARY KEY,
    published_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    index_json BLOB NOT NULL,
    signature TEXT NOT NULL
);
CREATE TRIGGER releases_keep BEFORE UPDATE ON releases
BEGIN SELECT RAISE(ABORT, 'releases is append-only'); END;
CREATE TRIGGER releases_stay BEFORE DELETE ON releases
BEGIN SELECT RAISE(ABORT, 'releases is append-only'); END;

CREATE TABLE release_files (
    sequence BIGINT NOT NULL REFERENCES releases (sequence),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (sequence, position)
);
CREATE TRIGGER release_files_keep BEFORE UPDATE ON release_files
BEGIN SELECT RAISE(ABORT, 'release_files is append-only'); END;
CREATE TRIGGER release_files_stay BEFORE DELETE ON release_files
BEGIN SELECT RAISE(ABORT, 'release_files is append-only'); END;

-- What lists said, as they said it; names and indicators as JSON.
CREATE TABLE listings (
    source TEXT NOT NULL,
    position BIGINT NOT NULL,
    list TEXT NOT NULL,
    family TEXT NOT NULL REFERENCES families (id),
    class TEXT NOT NULL,
    name TEXT NOT NULL,
    names TEXT NOT NULL,
    names_given BOOLEAN NOT NULL,
    indicators TEXT NOT NULL,
    PRIMARY KEY (source, position)
);

CREATE TABLE listed_samples (
    source TEXT NOT NULL,
    position BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    package TEXT NOT NULL,
    certificate TEXT NOT NULL,
    version TEXT NOT NULL,
    app TEXT NOT NULL,
    family_name TEXT,
    PRIMARY KEY (source, position)
);

CREATE TABLE raw_files (
    name TEXT PRIMARY KEY,
    blob TEXT NOT NULL,
    imported_at BIGINT NOT NULL
);

-- subject: what the job is about, where only one such job may be under way.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT,
    attempts BIGINT NOT NULL,
    worker TEXT,
    -- When it may next be claimed: after its time has come, or its lease run out.
    claimable_at BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX jobs_open ON jobs (claimable_at, id) WHERE state IN ('waiting', 'leased');
CREATE UNIQUE INDEX jobs_one_under_way ON jobs (kind, subject)
    WHERE subject IS NOT NULL AND state IN ('waiting', 'leased');
CREATE INDEX jobs_by_subject ON jobs (subject, kind, id) WHERE subject IS NOT NULL;

-- kind: 0 family, 1 sample, 2 indicator. body: its words, lower case, parted by spaces.
CREATE TABLE search_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind BIGINT NOT NULL,
    ref TEXT NOT NULL,
    title TEXT NOT NULL,
    family TEXT,
    body TEXT NOT NULL,
    UNIQUE (kind, ref)
);
CREATE TABLE search_keys (
    key TEXT NOT NULL,
    kind BIGINT NOT NULL,
    ref TEXT NOT NULL,
    PRIMARY KEY (key, kind, ref)
) WITHOUT ROWID;
CREATE INDEX search_keys_by_ref ON search_keys (kind, ref);

CREATE VIRTUAL TABLE search_text USING fts5(
    body, content = 'search_entries', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_text (rowid, body) VALUES (new.id, new.body);
END;
CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_text (search_text, rowid, body) VALUES ('delete', old.id, old.body);
END;
CREATE TRIGGER search_entries_changed AFTER UPDATE ON search_entries BEGIN
    INSERT INTO search_text (search_text, rowid, body) VALUES ('delete', old.id, old.body);
    INSERT INTO search_text (rowid, body) VALUES (new.id, new.body);
END;
