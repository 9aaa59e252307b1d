-- The exchange's core: who shares what with whom, the audit log, sealed blobs, held values,
-- questions put to partners, keys with scopes. Times, digests and keys as in 0001.

-- standing: probation, full, suspended or left. owner: partners of one owner are related.
-- conflict: what of the partner's own business bears on its opinions; empty when nothing does.
ALTER TABLE partners ADD COLUMN standing TEXT NOT NULL DEFAULT 'full';
ALTER TABLE partners ADD COLUMN standing_until BIGINT;
ALTER TABLE partners ADD COLUMN owner TEXT;
ALTER TABLE partners ADD COLUMN conflict TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN age_recipient TEXT;

-- Families about which a partner has a conflict of interest of its own.
CREATE TABLE partner_conflicts (
    partner TEXT NOT NULL REFERENCES partners (slug),
    family TEXT NOT NULL REFERENCES families (id),
    why TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (partner, family)
) WITHOUT ROWID;

CREATE TABLE sharing_groups (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE TABLE group_members (
    group_slug TEXT NOT NULL REFERENCES sharing_groups (slug),
    partner TEXT NOT NULL REFERENCES partners (slug),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (group_slug, partner)
) WITHOUT ROWID;
CREATE INDEX group_members_by_partner ON group_members (partner);

ALTER TABLE users ADD COLUMN disabled_at BIGINT;

-- scopes: words parted by spaces; 'all' is what keys made before there were scopes have.
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'all';
ALTER TABLE tokens ADD COLUMN expires_at BIGINT;
ALTER TABLE tokens ADD COLUMN made_by BIGINT REFERENCES users (id);
-- The day on which it was last used, and no finer.
ALTER TABLE tokens ADD COLUMN last_used_day BIGINT;
CREATE INDEX tokens_by_partner ON tokens (partner);

-- declared_public: the submitter says it came from the maker's public download.
ALTER TABLE submissions ADD COLUMN tlp TEXT NOT NULL DEFAULT 'AMBER';
ALTER TABLE submissions ADD COLUMN pap TEXT NOT NULL DEFAULT 'GREEN';
ALTER TABLE submissions ADD COLUMN group_slug TEXT REFERENCES sharing_groups (slug);
ALTER TABLE submissions ADD COLUMN declared_public BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX submissions_by_partner ON submissions (partner, id);
CREATE INDEX submissions_by_time ON submissions (at, sample);
-- job: of whoever put in bytes that were there already and that they could not read, the analysis of
-- their own that they wait for. It refers to a job that may be gone.
ALTER TABLE submissions ADD COLUMN job BIGINT;
CREATE INDEX submissions_by_job ON submissions (job) WHERE job IS NOT NULL;

ALTER TABLE indicators ADD COLUMN pap TEXT NOT NULL DEFAULT 'GREEN';
ALTER TABLE indicators ADD COLUMN group_slug TEXT REFERENCES sharing_groups (slug);
ALTER TABLE indicators ADD COLUMN declared_public BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE indicators ADD COLUMN gone_why TEXT;
-- held: a partner's value may name one installation, by what is known of it: how many analysts
-- decided so far that it does not. None: it is free, or a list's.
ALTER TABLE indicators ADD COLUMN held BIGINT;
CREATE INDEX indicators_held ON indicators (id) WHERE held IS NOT NULL;
INSERT INTO counters (name, value) VALUES ('held', 0);

-- bytes_gone_at: the bytes were deleted, what was learnt from them stays.
ALTER TABLE samples ADD COLUMN format TEXT;
ALTER TABLE samples ADD COLUMN queue_order BIGINT NOT NULL DEFAULT 0;
ALTER TABLE samples ADD COLUMN triaged_at BIGINT;
ALTER TABLE samples ADD COLUMN bytes_gone_at BIGINT;
CREATE INDEX samples_in_queue ON samples (queue_order DESC, first_seen, sha256)
    WHERE triaged_at IS NULL AND state = 'analysed';
CREATE INDEX samples_by_state ON samples (state, first_seen, sha256);
-- Versions of one app, the latest first.
DROP INDEX samples_by_package;
CREATE INDEX samples_by_package ON samples (package, first_seen, sha256);
CREATE INDEX samples_by_format ON samples (format, first_seen, sha256);

-- A partner's person says which family a sample belongs to; none: to no family of ours.
CREATE TABLE sample_families (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample TEXT NOT NULL REFERENCES samples (sha256),
    family TEXT REFERENCES families (id),
    partner TEXT NOT NULL REFERENCES partners (slug),
    user_id BIGINT REFERENCES users (id),
    why TEXT,
    at BIGINT NOT NULL,
    gone_at BIGINT
);
CREATE INDEX sample_families_by_sample ON sample_families (sample);
CREATE INDEX sample_families_by_family ON sample_families (family, at, sample);

-- Values that samples hold, in the form in which indicators are compared.
CREATE TABLE sample_values (
    kind TEXT NOT NULL,
    normalised TEXT NOT NULL,
    sample TEXT NOT NULL REFERENCES samples (sha256),
    PRIMARY KEY (kind, normalised, sample)
) WITHOUT ROWID;
CREATE INDEX sample_values_by_sample ON sample_values (sample);

-- Somebody's decision that a value identifies no installation.
CREATE TABLE value_decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    normalised TEXT NOT NULL,
    partner TEXT NOT NULL REFERENCES partners (slug),
    user_id BIGINT REFERENCES users (id),
    why TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX value_decisions_by_value ON value_decisions (kind, normalised);

-- A partner confirms that a popular value belongs to a family.
CREATE TABLE value_confirmations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL REFERENCES families (id),
    kind TEXT NOT NULL,
    normalised TEXT NOT NULL,
    partner TEXT NOT NULL REFERENCES partners (slug),
    user_id BIGINT REFERENCES users (id),
    why TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX value_confirmations_by_value ON value_confirmations (kind, normalised, family);

-- What a partner knows to be ordinary: apps, certificates and hosts of its own list.
CREATE TABLE known_good (
    partner TEXT NOT NULL REFERENCES partners (slug),
    kind TEXT NOT NULL,
    normalised TEXT NOT NULL,
    note TEXT,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (kind, normalised, partner)
) WITHOUT ROWID;
CREATE INDEX known_good_by_partner ON known_good (partner, kind, normalised);

-- What was released and should not have been. partner: none when the operator recalled it.
CREATE TABLE recalls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL REFERENCES families (id),
    kind TEXT NOT NULL,
    normalised TEXT NOT NULL,
    why TEXT NOT NULL,
    partner TEXT REFERENCES partners (slug),
    user_id BIGINT REFERENCES users (id),
    at BIGINT NOT NULL,
    lifted_at BIGINT
);
CREATE UNIQUE INDEX recalls_once ON recalls (family, kind, normalised) WHERE lifted_at IS NULL;

-- What a release would be, worked out at a time; JSON. There is one or none.
CREATE TABLE release_drafts (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    made_at BIGINT NOT NULL,
    document TEXT NOT NULL
);

-- The day from which an opinion no longer counts; none: the rule's own term.
ALTER TABLE opinions ADD COLUMN expires TEXT;

-- A question without quorum, put to a partner. asked_by: the partner that would not wait; none:
-- the exchange. closed_at: it was settled without this answer.
CREATE TABLE questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL REFERENCES families (id),
    criterion TEXT NOT NULL,
    partner TEXT NOT NULL REFERENCES partners (slug),
    asked_at BIGINT NOT NULL,
    answered_at BIGINT,
    closed_at BIGINT,
    asked_by TEXT REFERENCES partners (slug),
    UNIQUE (family, criterion, partner)
);
CREATE INDEX questions_open ON questions (partner, asked_at)
    WHERE answered_at IS NULL AND closed_at IS NULL;

-- The audit log: each line's digest covers the line before it. via: person, key, operator or
-- system. detail: JSON. What never enters it: addresses, names, e-mails, file names, tokens.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    partner TEXT,
    user_id BIGINT,
    via TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX audit_by_object ON audit (object_id, seq);
-- A partner's lines of one action are found in the index alone, along either.
CREATE INDEX audit_by_partner ON audit (partner, seq, action);
CREATE INDEX audit_by_action ON audit (action, seq, partner);
CREATE INDEX audit_of_opinions ON audit (seq) WHERE object_kind = 'opinion';
-- Where the log begins once what had to go went; everything up to seq may be deleted.
CREATE TABLE audit_checkpoints (
    seq BIGINT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TRIGGER audit_keep BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_stay BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT COALESCE(MAX(seq), 0) FROM audit_checkpoints)
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_checkpoints_keep BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints is append-only'); END;
CREATE TRIGGER audit_checkpoints_stay BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints is append-only'); END;
INSERT INTO counters (name, value) VALUES ('audit', 0);

-- The age identity that opens a sealed blob; without a row the blob is not sealed. A deleted row
-- makes the bytes unreadable wherever copies of them lie. sealed: false while plain bytes from
-- before may still lie there. added_at: when the bytes were last put.
CREATE TABLE blob_keys (
    blob TEXT PRIMARY KEY,
    identity TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sealed BOOLEAN NOT NULL,
    added_at BIGINT NOT NULL
) WITHOUT ROWID;

-- A download that a signed-in person asked for, fetched once from the samples' own host.
CREATE TABLE download_tickets (
    sha256 TEXT PRIMARY KEY,
    sample TEXT NOT NULL REFERENCES samples (sha256),
    partner TEXT NOT NULL REFERENCES partners (slug),
    user_id BIGINT REFERENCES users (id),
    packing TEXT NOT NULL,
    recipient TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX download_tickets_by_expiry ON download_tickets (expires_at);

-- priority: the greater the sooner. progress: JSON {done, of, what}. attempts_before: those that
-- somebody's wish to have it tried again wiped out. again: it was asked for once more while a
-- worker held it, who may have read what was there before.
ALTER TABLE jobs ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN progress TEXT;
ALTER TABLE jobs ADD COLUMN began_at BIGINT;
ALTER TABLE jobs ADD COLUMN attempts_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN again BOOLEAN NOT NULL DEFAULT FALSE;
-- asked_by: the partner for whom alone it is done; empty where it is everybody's.
ALTER TABLE jobs ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
DROP INDEX jobs_one_under_way;
CREATE UNIQUE INDEX jobs_one_under_way ON jobs (kind, subject, asked_by)
    WHERE subject IS NOT NULL AND state IN ('waiting', 'leased');
DROP INDEX jobs_open;
CREATE INDEX jobs_open ON jobs (priority DESC, claimable_at, id)
    WHERE state IN ('waiting', 'leased');
CREATE INDEX jobs_open_by_age ON jobs (claimable_at, id) WHERE state IN ('waiting', 'leased');
CREATE INDEX jobs_dead ON jobs (changed_at, id) WHERE state = 'dead';
CREATE INDEX jobs_done ON jobs (changed_at, id) WHERE state = 'done';

-- Why each attempt failed; it stays when the job is tried again.
CREATE TABLE job_reasons (
    job BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (job, attempt)
);

-- When each job that comes round is next due, whichever process finds it so first.
CREATE TABLE periodic_jobs (
    kind TEXT PRIMARY KEY,
    due_at BIGINT NOT NULL
);

CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    UNIQUE (user_id, name)
);

-- Search, anew; the program fills it from the rows when it opens the database. An entry's id
-- orders it, so that a page is cut without sorting: the kind in its upper bits (3 families, 2
-- samples, 1 indicators), and the newest last. body: its words, lower case, as they follow each
-- other; tags: words that say what it is. A key that one partner finds it by begins with a
-- control character and that partner.
DROP TABLE search_text;
DROP TABLE search_entries;
DROP TABLE search_keys;
CREATE TABLE search_entries (
    id INTEGER PRIMARY KEY,
    kind BIGINT NOT NULL,
    ref TEXT NOT NULL,
    title TEXT NOT NULL,
    family TEXT,
    body TEXT NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (kind, ref)
);
CREATE TABLE search_keys (
    key TEXT NOT NULL,
    entry BIGINT NOT NULL,
    PRIMARY KEY (key, entry)
) WITHOUT ROWID;
CREATE INDEX search_keys_by_entry ON search_keys (entry);
INSERT INTO counters (name, value) VALUES ('search', 0);
-- Words are parted by the program, alike for every engine: everything that is not ASCII belongs to
-- a word. The prefixes are those lengths at which a common beginning would be slow to look up.
CREATE VIRTUAL TABLE search_text USING fts5(
    body, tags, content = 'search_entries', content_rowid = 'id', tokenize = 'ascii',
    detail = none, prefix = '1 2 3 4 5 6 7 8'
);
CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_text (rowid, body, tags) VALUES (new.id, new.body, new.tags);
END;
CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_text (search_text, rowid, body, tags)
    VALUES ('delete', old.id, old.body, old.tags);
END;
CREATE TRIGGER search_entries_changed AFTER UPDATE OF body, tags ON search_entries
WHEN old.body <> new.body OR old.tags <> new.tags BEGIN
    INSERT INTO search_text (search_text, rowid, body, tags)
    VALUES ('delete', old.id, old.body, old.tags);
    INSERT INTO search_text (rowid, body, tags) VALUES (new.id, new.body, new.tags);
END;
