//! How values stand in columns.
