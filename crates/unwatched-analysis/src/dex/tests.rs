//! Each kind of code item: code that does what it asks, and code that nearly does.

use unwatched_fixtures::dex::{Argument, DexBuilder};

use super::Dex;
use super::declared::Declared;
use super::facts::{CodeFacts, Components, ItemUse};
use super::scan::{Context, scan};
use crate::catalogue::{Catalogue, CodePattern};
use crate::limits::Limits;
use crate::texts::{TextRules, TextSink};

const OWN: &str = "Lcom/example/watch/Watch;";
const OTHER: &str = "Lcom/example/watch/Recorder;";
const RECORDER: &str = "Landroid/media/MediaRecorder;";
const ENDPOINTS: &str = "schemes = []\nignored_hosts = []\nignored_urls = []\ntop_level = []\nambiguous_top_level = []\nfile_endings = []\nfile_names = []\npackage_roots = []";

fn rules(item: &str) -> String {
    format!(
        "[[capability]]\nid = \"it\"\nreference = \"X1\"\nname = \"does it\"\ngroup = \"audio\"\nsentence = \"It can.\"\nwhy = \"It matters.\"\ninnocent = \"Others.\"\n[[capability.code]]\nany = [{item}]\n"
    )
}

/// What was found of the item in these files of one app.
fn found(item: &str, files: &[DexBuilder]) -> ItemUse {
    let catalogue =
        Catalogue::parse(&rules(item), "prefixes = [\"androidx.\"]\ncomponents = []", ENDPOINTS)
            .unwrap();
    let written: &CodePattern = &catalogue.rules[0].code[0].any[0];
    let mut facts = CodeFacts::default();
    let mut sink = TextSink::new(10);
    let bytes: Vec<Vec<u8>> = files.iter().map(DexBuilder::build).collect();
    let declared = Declared::default();
    let mut context = Context::new(&catalogue.code, Some("com.example.watch"), &declared);
    let files: Vec<Dex<'_>> = bytes.iter().map(|bytes| Dex::read(bytes, 0).unwrap()).collect();
    for dex in &files {
        context.add(dex);
    }
    for dex in &files {
        let text_rules = TextRules::new(&catalogue, None);
        let limits = Limits::default();
        let problems =
            scan(dex, "classes.dex", &context, &text_rules, &limits, &mut facts, &mut sink);
        assert!(problems.what.is_empty(), "{problems:?}");
    }
    facts.finish(&catalogue.code, &Components::default());
    facts.items[catalogue.code.item(written).unwrap()].clone()
}

fn place(found: &ItemUse) -> Option<String> {
    found.own.place().or_else(|| found.implemented.place())
}

/// The item is met by the first code and not by the second.
fn check(item: &str, does: &DexBuilder, nearly: &DexBuilder) {
    let found_in = |dex: &DexBuilder| found(item, std::slice::from_ref(dex));
    assert!(place(&found_in(does)).is_some(), "{item} is met");
    let near = found_in(nearly);
    assert_eq!((place(&near), near.named_in), (None, None), "{item} is not met");
}

fn source(number: i32) -> DexBuilder {
    let argument = [Argument::Int(number)];
    DexBuilder::new().call_with(OWN, RECORDER, "setAudioSource", "(I)V", &argument)
}

#[test]
fn a_constant_argument_decides() {
    let item = r#"{ call = "android.media.MediaRecorder->setAudioSource", constant = [4, 7] }"#;
    check(item, &source(4), &source(1));
    check(item, &source(7), &source(0x1_0004));
    check(
        r#"{ call = ["a.b.C->d", "android.media.MediaRecorder->setAudioSource"], constant = [70000] }"#,
        &source(70_000),
        &source(4),
    );
}

#[test]
fn a_place_counts_wide_arguments_as_one() {
    let two = |first: i32, second: i32| {
        DexBuilder::new().call_with(
            OWN,
            "Landroid/content/pm/PackageManager;",
            "setComponentEnabledSetting",
            "(JII)V",
            &[Argument::Int(first), Argument::Int(second)],
        )
    };
    let call = "call = \"android.content.pm.PackageManager->setComponentEnabledSetting\"";
    check(&format!("{{ {call}, constant = [2], argument = 2 }}"), &two(2, 1), &two(1, 2));
    check(&format!("{{ {call}, arguments = {{ 2 = [2], 3 = [1] }} }}"), &two(2, 1), &two(2, 0));
}

#[test]
fn a_text_near_the_call_decides() {
    let run = |text: &str| {
        let argument = [Argument::Text(text.to_owned())];
        DexBuilder::new().call_with(
            OWN,
            "Ljava/lang/Runtime;",
            "exec",
            "(Ljava/lang/String;)V",
            &argument,
        )
    };
    let item = r#"{ call = "java.lang.Runtime->exec", text = ["su", "*chmod 777*"] }"#;
    check(item, &run("su"), &run("sum"));
    check(item, &run("/system/bin/chmod 777 /data"), &run("chmod 600 x"));
    let before =
        DexBuilder::new().string_in(OWN, "su").call(OWN, "Ljava/lang/Runtime;", "exec", "()V");
    let elsewhere =
        DexBuilder::new().string_in(OTHER, "su").call(OWN, "Ljava/lang/Runtime;", "exec", "()V");
    check(item, &before, &elsewhere);
}

#[test]
fn one_class_does_it_all() {
    let item = r#"{ same_class = ["android.media.MediaRecorder->start", "text:take_picture", { call = "android.media.MediaRecorder->setAudioSource", constant = [4] }] }"#;
    let all = source(4).call(OWN, RECORDER, "start", "()V").string_in(OWN, "take_picture");
    let apart = source(4).call(OTHER, RECORDER, "start", "()V").string_in(OWN, "take_picture");
    check(item, &all, &apart);
    let inner = "Lcom/example/watch/Watch$1;";
    let inside = source(4).call(inner, RECORDER, "start", "()V").string_in(inner, "take_picture");
    check(item, &inside, &source(4));

    let words = r#"{ same_class = ["text:lock", "text:wipe", "text:*record*", "text:locate"], at_least = 3 }"#;
    let three =
        DexBuilder::new().string_in(OWN, "lock").string_in(OWN, "wipe").string_in(OWN, "do record");
    check(
        words,
        &three.clone(),
        &DexBuilder::new().string_in(OWN, "lock").string_in(OWN, "wipes").string_in(OWN, "locate"),
    );
    let implementing = r#"{ same_class = ["extends android.app.Service", "overrides android.app.Service->onTaskRemoved", "text:again"] }"#;
    let service =
        DexBuilder::new().class(OWN, "Landroid/app/IntentService;").string_in(OWN, "again");
    check(
        implementing,
        &service.clone().overrides(OWN, "onTaskRemoved", "(Landroid/content/Intent;)V"),
        &service,
    );
}

#[test]
fn who_calls_decides() {
    let item = r#"{ call = "android.media.MediaRecorder->start", from = ["extends android.app.Service", "extends android.content.BroadcastReceiver"], not_from = "extends android.app.Activity" }"#;
    let start = |class: &str| DexBuilder::new().call(class, RECORDER, "start", "()V");
    let service = "Landroid/service/notification/NotificationListenerService;";
    check(item, &start(OWN).class(OWN, service), &start(OWN).class(OWN, "Landroid/app/Activity;"));
    // One step further: the service calls the class that records.
    let step = start(OTHER).class(OWN, service).call(OWN, OTHER, "record", "()V");
    check(item, &step, &start(OTHER).class(OWN, service));
    // An activity that calls it as well shows itself.
    let screen = "Lcom/example/watch/Main;";
    let shown =
        step.clone().class(screen, "Landroid/app/Activity;").call(screen, OTHER, "record", "()V");
    check(item, &step, &shown);
}

#[test]
fn who_calls_is_known_across_files() {
    let item =
        r#"{ call = "android.media.MediaRecorder->start", from = "extends android.app.Service" }"#;
    let records = DexBuilder::new().call(OTHER, RECORDER, "start", "()V");
    let calls = DexBuilder::new().class(OWN, "Landroid/app/Service;").call(OWN, OTHER, "go", "()V");
    assert!(place(&found(item, &[records.clone(), calls.clone()])).is_some());
    assert!(place(&found(item, &[calls, records])).is_some());
}

#[test]
fn what_a_method_returns_decides() {
    let item = r#"{ overrides = "android.app.Service->onStartCommand", returns = [1] }"#;
    let returning = |number: i32| {
        DexBuilder::new().class(OWN, "Landroid/app/IntentService;").overrides_returning(
            OWN,
            "onStartCommand",
            "(Landroid/content/Intent;II)I",
            number,
        )
    };
    check(item, &returning(1), &returning(2));
    let no_service = DexBuilder::new().overrides_returning(
        OWN,
        "onStartCommand",
        "(Landroid/content/Intent;II)I",
        1,
    );
    check(item, &returning(1), &no_service);
}

#[test]
fn names_in_texts_count_where_something_is_looked_up_by_name() {
    let item = r#""android.telephony.TelephonyManager->getDeviceId""#;
    let by_name = |class: &str, method: &str| {
        DexBuilder::new()
            .string_in(OWN, class)
            .call_static(OWN, "Ljava/lang/Class;", "forName", "(Ljava/lang/String;)V", &[])
            .string_in(OWN, method)
    };
    let telephony = "android.telephony.TelephonyManager";
    let hidden = found(item, &[by_name(telephony, "getDeviceId")]);
    assert_eq!(hidden.reflected.place().unwrap(), format!("classes.dex: {OWN}"));
    assert!(hidden.own.first.is_none());
    for near in [
        by_name(telephony, "getDeviceIds"),
        by_name("android.telephony.TelephonyManagers", "getDeviceId"),
        DexBuilder::new().string_in(OWN, telephony).string_in(OWN, "getDeviceId"),
    ] {
        assert!(found(item, &[near]).reflected.first.is_none());
    }
}

#[test]
fn mistakes_in_tables_are_told() {
    for (item, expected) in [
        (r#"{ call = "a.b.C->d" }"#, "without a condition"),
        (r#"{ calls = "a.b.C->d" }"#, "unknown field `calls`"),
        (r"{ constant = [1] }", "give one of"),
        (r#"{ call = "a.b.C->d", argument = 1 }"#, "`argument` needs `constant`"),
        (r#"{ call = "a.b.C->d", constant = [1], argument = 0 }"#, "counted from 1"),
        (r#"{ call = "a.b.C->d", from = "a.b.C" }"#, "is written as `extends a.b.Class`"),
        (r#"{ overrides = "a.b.C->d" }"#, "goes with `returns`"),
        (r#"{ same_class = ["a.b.C->d"] }"#, "at least two"),
        (r#"{ same_class = ["a.b.C->d", "text:x"], at_least = 3 }"#, "at least two"),
        (r#"{ call = "a.b.C->d", about = "itself" }"#, "knows launcher_entry and unnamed"),
        (r#"{ call = "a.b.C->d", period = 1 }"#, "needs `unit`"),
        (r#"{ call = "a.b.C->d", written = true }"#, "need `period`"),
        (r#"{ call = "a.b.C->d", not_in = "a.b.C" }"#, "is written as `extends a.b.Class`"),
        (r#"{ says = ["x"], constant = [1] }"#, "`says` goes with"),
        (r#""text:*x""#, "found everywhere"),
    ] {
        let error = Catalogue::parse(&rules(item), "prefixes = []\ncomponents = []", ENDPOINTS)
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{item}: {error}");
    }
}

#[test]
fn a_table_is_shown_as_it_is_written() {
    for item in [
        r#"{ call = "a.b.C->d", constant = [4, 7], argument = 1 }"#,
        r#"{ call = ["a.b.C->d", "e.f.G->h"], arguments = { 2 = [2] }, text = ["su"], from = "extends a.b.S" }"#,
        r#"{ call = "a.b.C->d", arguments = { 2 = [2] }, about = "launcher_entry" }"#,
        r#"{ call = "a.b.C->d", period = 3, unit = "milliseconds" }"#,
        r#"{ call = "a.b.C->d", period = 1, unit = "beside", not_in = "extends a.b.V", shortest_seconds = 5, written = true, inside = "run", in_loop = true }"#,
        r#"{ says = ["a", "b"], from = "extends a.b.S" }"#,
        r#"{ same_class = ["a.b.C->d", { overrides = "a.b.C->d", returns = [1] }], at_least = 2 }"#,
    ] {
        let catalogue =
            Catalogue::parse(&rules(item), "prefixes = []\ncomponents = []", ENDPOINTS).unwrap();
        assert_eq!(catalogue.rules[0].code[0].any[0].to_string(), item);
    }
}

#[test]
fn ancestors_in_another_file_are_known() {
    let item = "\"overrides android.app.Service->onTaskRemoved\"";
    let method = ("onTaskRemoved", "(Landroid/content/Intent;)V");
    let child = DexBuilder::new().class(OWN, OTHER).overrides(OWN, method.0, method.1);
    let parent = DexBuilder::new().class(OTHER, "Landroid/app/Service;");
    for files in [[child.clone(), parent.clone()], [parent, child.clone()]] {
        assert!(place(&found(item, &files)).is_some());
    }
    assert!(place(&found(item, &[child])).is_none());
}
