//! What a session writes, and where.

use super::canaries::found_below;
use super::computer::Computer;
use super::phone::acquire_twice;
use super::traced::{can_trace, traced};

#[test]
fn an_acquisition_writes_into_its_case_alone_and_nothing_in_the_clear() {
    if !can_trace() {
        return;
    }
    let computer = Computer::new();
    let traced = traced(&computer, &computer.acquire());
    assert_eq!(traced.code, Some(0));
    let case = computer.case().display().to_string();
    let elsewhere: Vec<_> = traced.written.iter().filter(|call| !call.contains(&case)).collect();
    assert_eq!(elsewhere, Vec::<&String>::new());
    assert!(traced.written.len() > 10, "{:?}", traced.written);
    assert_eq!(found_below(computer.path()), Vec::<String>::new());
}

#[test]
fn a_check_writes_nothing() {
    if !can_trace() {
        return;
    }
    let computer = Computer::new();
    acquire_twice(&computer.case());
    let before = computer.files();
    for line in ["check CASE", "check CASE --json", "check CASE --compare CASE/1"] {
        let traced = traced(&computer, &computer.unwatched(line));
        assert_eq!(traced.code, Some(0), "{line}");
        assert!(traced.out.contains("cnry"), "the check saw the phone: {}", traced.out);
        assert_eq!(traced.written, Vec::<String>::new(), "{line}");
    }
    assert_eq!(computer.files(), before);
    assert_eq!(found_below(computer.path()), Vec::<String>::new());
}

#[test]
fn a_page_is_written_only_where_it_is_asked_for() {
    if !can_trace() {
        return;
    }
    let computer = Computer::new();
    acquire_twice(&computer.case());
    let page = computer.path().join("work/page.html");
    let line = format!("check CASE --html {}", page.display());
    let traced = traced(&computer, &computer.unwatched(&line));
    assert_eq!(traced.code, Some(0));
    let folder = computer.path().join("work").display().to_string();
    assert!(traced.written.iter().all(|call| call.contains(&folder)), "{:?}", traced.written);
    assert_eq!(found_below(computer.path()), [page.display().to_string()]);
}
