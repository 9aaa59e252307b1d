//! Claims a job in PostgreSQL: a row that another worker is claiming is passed over.

/// `$1` now, `$2` when the lease ends, `$3` the worker, `$4` the kinds as a JSON array, `$5` what
/// is said of a job whose lease ran out.
macro_rules! claim {
    ($order:literal) => {
        concat!(
            "
    UPDATE jobs
    SET state = 'leased', attempts = attempts + 1, worker = $3, claimable_at = $2,
        changed_at = $1, began_at = $1, why = CASE WHEN state = 'leased' THEN $5 ELSE why END
    WHERE id = (
        SELECT id FROM jobs
        WHERE state IN ('waiting', 'leased') AND claimable_at <= $1
          AND kind IN (SELECT json_array_elements_text($4::json))
        ORDER BY ",
            $order,
            " LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, subject, payload, attempts, attempts_before, why"
        )
    };
}

pub(crate) const CLAIM_BY_PRIORITY: &str = claim!("priority DESC, claimable_at, id");
pub(crate) const CLAIM_OLDEST: &str = claim!("claimable_at, id");

/// `$1` now, `$2` the kinds as a JSON array.
pub(crate) const IS_CLAIMABLE: &str = "
    SELECT EXISTS (
        SELECT 1 FROM jobs
        WHERE state IN ('waiting', 'leased') AND claimable_at <= $1
          AND kind IN (SELECT json_array_elements_text($2::json))
    )";
