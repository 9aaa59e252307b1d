//! Waiting for something that no process tells: looked at again and again.

use std::thread;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(100);
/// An unoptimised program on a busy machine gets there in a minute and a half, or never.
const LOOKS: usize = 900;

/// Looks until there is nothing left; what was left at the last look, when that never comes.
pub fn until_none<T>(mut look: impl FnMut() -> Vec<T>) -> Vec<T> {
    for _ in 1..LOOKS {
        if look().is_empty() {
            return Vec::new();
        }
        thread::sleep(PAUSE);
    }
    look()
}
