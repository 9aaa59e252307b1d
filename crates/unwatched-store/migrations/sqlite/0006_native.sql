-- The native interface: the feed of changes, answers kept for repeated requests, webhooks, and what
-- each partner's programs use. Times, digests and keys as in 0001.

-- What happened, in the order of commits. seq: microseconds since 1970, or one more than the last;
-- whoever takes one holds the counter to the commit. rule: by what it is seen; number: the
-- indicator, submission, job or row of sample_families that the rule asks about; partner: whom
-- alone it is told to.
CREATE TABLE changes (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    family TEXT,
    rule TEXT NOT NULL,
    number BIGINT,
    partner TEXT
);
-- What there was before there was a feed, each at its own time.
INSERT INTO changes (seq, at, kind, object, family, rule, number)
SELECT place + MAX(at - place) OVER (ORDER BY place ROWS UNBOUNDED PRECEDING),
       at, kind, object, family, rule, number
FROM (
    SELECT ROW_NUMBER() OVER (ORDER BY at, turn, object, number) AS place, told.* FROM (
        SELECT added_at AS at, 1 AS turn, 'family.added' AS kind, id AS object, id AS family,
               'families' AS rule, CAST(NULL AS BIGINT) AS number FROM families
        UNION ALL
        SELECT added_at, 2, 'indicator.added', CAST(id AS TEXT), family, 'indicator', id
        FROM indicators WHERE gone_at IS NULL
        UNION ALL
        SELECT at, 3, 'sample.submitted', sample, NULL, 'submission', id FROM submissions
        UNION ALL
        SELECT state_at, 4, 'sample.' || state, sha256, NULL, 'report', NULL FROM samples
        WHERE state IN ('analysed', 'failed')
        UNION ALL
        SELECT at, 5, 'sample.triaged', sample, family, 'word', id FROM sample_families
        WHERE gone_at IS NULL
        UNION ALL
        SELECT given_at, 6, 'opinion.given', id, family, 'opinions', NULL FROM opinions
        UNION ALL
        SELECT saved_at, 7, 'verdict.changed', family, family, 'families', id FROM verdicts
        UNION ALL
        SELECT at, 8, 'value.recalled', CAST(id AS TEXT), family, 'values', NULL FROM recalls
        WHERE lifted_at IS NULL
        UNION ALL
        SELECT published_at, 9, 'release.published', CAST(sequence AS TEXT), NULL, 'families', NULL
        FROM releases
    ) AS told
) AS placed;
INSERT INTO counters (name, value) SELECT 'changes', COALESCE(MAX(seq), 0) FROM changes;
CREATE TRIGGER changes_keep BEFORE UPDATE ON changes
BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;
CREATE TRIGGER changes_stay BEFORE DELETE ON changes
BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;

-- What a request with an Idempotency-Key was answered. who: the digest of the credential; sealed:
-- the answer, under a key made of the credential itself, which is kept nowhere. Without an answer
-- the request is under way, and held until then by whoever works on it.
CREATE TABLE idempotency (
    who TEXT NOT NULL,
    key_sha256 TEXT NOT NULL,
    fingerprint TEXT,
    sealed BLOB,
    held_until BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (who, key_sha256)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (added_at);

-- Where a partner wants to be told. role: with whose rights, never more than its partner's at the
-- moment of telling. kinds: words parted by spaces, none for all. after_seq: told up to there;
-- through_seq: the end of what is being told, so that a repeated message is the same message.
CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partner TEXT NOT NULL REFERENCES partners (slug),
    url TEXT NOT NULL,
    label TEXT NOT NULL,
    secret TEXT NOT NULL,
    role TEXT NOT NULL,
    made_by BIGINT REFERENCES users (id),
    kinds TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    after_seq BIGINT NOT NULL,
    through_seq BIGINT,
    last_ok_at BIGINT,
    last_tried_at BIGINT,
    last_error TEXT,
    failures BIGINT NOT NULL DEFAULT 0,
    off_at BIGINT,
    off_why TEXT,
    gone_at BIGINT
);
CREATE INDEX webhooks_by_partner ON webhooks (partner, id);

-- What a partner's programs and people use, a day a row: no addresses, and people as numbers.
-- who: what a key is called by, or a person's number. day: days since 1970.
CREATE TABLE uses (
    partner TEXT NOT NULL REFERENCES partners (slug),
    who TEXT NOT NULL,
    surface TEXT NOT NULL,
    what TEXT NOT NULL,
    day BIGINT NOT NULL,
    ok BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    last_ok_at BIGINT,
    last_failed_at BIGINT,
    last_error TEXT,
    PRIMARY KEY (partner, who, surface, what, day)
) WITHOUT ROWID;
CREATE INDEX uses_by_day ON uses (day);
