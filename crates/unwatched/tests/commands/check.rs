//! `check`: with and without indicators, what is said of them, and the page that is never lost.
