//! Claims a job in SQLite, where there is one writer and so nobody to race with.

/// `$1` now, `$2` when the lease ends, `$3` the worker, `$4` the kinds as a JSON array.
pub(crate) const CLAIM: &str = "
    UPDATE jobs
    SET state = 'leased', attempts = attempts + 1, worker = $3, claimable_at = $2, changed_at = $1
    WHERE id = (
        SELECT id FROM jobs
        WHERE state IN ('waiting', 'leased') AND claimable_at <= $1
          AND kind IN (SELECT value FROM json_each($4))
        ORDER BY claimable_at, id LIMIT 1
    )
    RETURNING id, kind, payload, attempts";
