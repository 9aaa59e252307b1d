//! The calendar steps that a period can stand on.
//!
//! Not here: periods themselves; see [`crate::period`].

use super::closed_list;

closed_list! {
    /// The calendar step of a period.
    Granularity, "granularity" {
        /// One day.
        Day = "day",
        /// Monday to Monday.
        Week = "week",
        /// A calendar month.
        Month = "month",
        /// A calendar quarter.
        Quarter = "quarter",
        /// A calendar half-year.
        HalfYear = "half_year",
        /// A calendar year.
        Year = "year",
        /// Anything else, such as ten months or the months of fieldwork.
        Period = "period",
    }
}
