//! `acquire` before any phone: the safety questions, and what is refused at once. With a phone it is
//! tested in `unwatched-testkit/tests/live/`.

use crate::desk::Desk;

#[test]
fn no_path_leads_to_a_phone_around_the_safety_questions() {
    let mut desk = Desk::new();
    desk.run_for_refusal("acquire --out @case", 7);
    desk.answers("y\nperhaps\nn\n");
    desk.run_for_refusal("acquire --out @case", 7);
    desk.answers("y\n");
    desk.run_for_refusal("acquire --out @case", 7);
    assert!(!desk.path("case").exists(), "nothing is made before the questions are answered");
    desk.expect("acquire_questions.txt");
}

#[test]
fn what_would_be_overwritten_or_is_far_away_is_refused_before_the_phone() {
    let mut desk = Desk::new();
    desk.put("there", "something");
    desk.run_for_refusal("acquire --safety-questions-answered --out @there", 1);
    desk.run_for_refusal(
        "acquire --safety-questions-answered --out @case --address 203.0.113.9:5555",
        8,
    );
    assert!(!desk.path("case").exists());
    desk.expect("acquire_refused.txt");
}
