-- What somebody decided of a value on shared infrastructure: whether it may stand in a file that
-- blocks. Each decision stays; the latest of a value counts. partner: none for the operator.
CREATE TABLE shared_reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    normalised TEXT NOT NULL,
    may_block BOOLEAN NOT NULL,
    why TEXT NOT NULL,
    partner TEXT REFERENCES partners (slug),
    user_id BIGINT REFERENCES users (id),
    at BIGINT NOT NULL
);
CREATE INDEX shared_reviews_by_value ON shared_reviews (kind, normalised, id);
