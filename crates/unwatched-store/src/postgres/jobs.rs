//! Claims a job in PostgreSQL: a row that another worker is claiming is passed over.

/// `$1` now, `$2` when the lease ends, `$3` the worker, `$4` the kinds as a JSON array.
pub(crate) const CLAIM: &str = "
    UPDATE jobs
    SET state = 'leased', attempts = attempts + 1, worker = $3, claimable_at = $2, changed_at = $1
    WHERE id = (
        SELECT id FROM jobs
        WHERE state IN ('waiting', 'leased') AND claimable_at <= $1
          AND kind IN (SELECT json_array_elements_text($4::json))
        ORDER BY claimable_at, id LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, payload, attempts";
