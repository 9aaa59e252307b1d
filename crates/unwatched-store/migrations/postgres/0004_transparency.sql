-- Who signs releases, and the log of them. Times, digests and keys as in 0001.

-- document: the set's bytes, as they were signed; signatures: as minisign writes them, a JSON array.
CREATE TABLE key_sets (
    sequence BIGINT PRIMARY KEY,
    document TEXT COLLATE "C" NOT NULL,
    signatures TEXT COLLATE "C" NOT NULL
);
CREATE TRIGGER key_sets_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON key_sets
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A leaf of the Merkle tree for each release, in the order of the log, from 0. signatures: those
-- over its index beside the server's, a JSON array.
CREATE TABLE release_log (
    position BIGINT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE REFERENCES releases (sequence),
    index_sha256 TEXT COLLATE "C" NOT NULL,
    key_set BIGINT NOT NULL REFERENCES key_sets (sequence),
    key_set_sha256 TEXT COLLATE "C" NOT NULL,
    signatures TEXT COLLATE "C" NOT NULL
);
CREATE TRIGGER release_log_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON release_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every state of the log that the server's key signed, in their order, from 0.
CREATE TABLE checkpoints (
    position BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    root_sha256 TEXT COLLATE "C" NOT NULL,
    said_at BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    signature TEXT COLLATE "C" NOT NULL
);
CREATE TRIGGER checkpoints_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The latest release's bundle with the newest checkpoint in it.
CREATE TABLE fresh_bundles (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL REFERENCES releases (sequence),
    said_at BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    blob TEXT COLLATE "C" NOT NULL
);

-- What waits for signatures, one of each kind ('release', 'keys'): a document of the program's, and
-- the blobs that it needs, parted by spaces.
CREATE TABLE awaiting_signatures (
    kind TEXT COLLATE "C" PRIMARY KEY,
    made_at BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    blobs TEXT COLLATE "C" NOT NULL
);
