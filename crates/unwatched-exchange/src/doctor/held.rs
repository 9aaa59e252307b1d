//! Whether each partner's value is held, as its row keeps it, compared with what follows from the
//! rows today.

use super::{Check, Exam};

const PAGE: u32 = 200;

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("held");
    if exam.quick {
        check.left_out.push("what is kept of held values, computed again".to_owned());
        return check;
    }
    let store = &exam.state.store;
    // Until that job is done, what is kept may lag behind a partner's standing or owner.
    match store.is_asked_for(unwatched_store::KEEP_HELD).await {
        Ok(false) => {}
        Ok(true) => {
            check
                .left_out
                .push("held values: the job keep_held is about to look at them".to_owned());
            return check;
        }
        Err(error) => {
            check.could_not(format!("the jobs do not read: {error}"));
            return check;
        }
    }
    let (mut after, mut count) = (None, 0);
    loop {
        let again = match store.held_differing(after.as_ref(), PAGE).await {
            Ok(again) => again,
            Err(error) => {
                check.could_not(format!("the values do not read: {error}"));
                break;
            }
        };
        count += again.looked_at;
        for (kind, normalised) in &again.differed {
            let place = format!("value {}", unwatched_store::value_id(*kind, normalised));
            let what = "its row does not say of it what follows from what is known";
            check.found(
                what,
                place,
                "the job keep_held mends it within a day; a release does not go by it",
            );
        }
        after = again.next;
        if after.is_none() {
            break;
        }
    }
    check.looked_at = format!("{count} values of partners");
    check
}
