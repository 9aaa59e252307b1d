//! Which made-up phone stands on the rig, and what was changed on it: a short file, from which each
//! call makes the phone anew. Changes are kept as the words that made them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use unwatched_fixtures::phone::population::{Answer, Phone, Record, phone_of};

/// A phone of a population, by its seed and number, with so many apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// The population's seed.
    pub seed: u64,
    /// The phone's label, for example `watcher-00`.
    pub label: String,
    /// Ordinary apps are added until there are so many.
    pub apps: usize,
}

impl Which {
    /// The phone as it is before anything happens to it.
    pub fn phone(&self) -> Phone {
        let phone = phone_of(self.seed, &self.label);
        let mut phone = phone.expect("the population has a phone of that label");
        let mut number = 0;
        while phone.apps.len() < self.apps {
            number += 1;
            phone.put(Record::preinstalled(&format!("com.example.part{number:03}")));
        }
        phone
    }
}

/// The rig's phone as it is now.
pub struct State {
    which: Which,
    changes: Vec<Vec<String>>,
    /// Where the files of apps lie on this computer, which stands for the phone's `/`.
    files: String,
    phone: Phone,
}

const FILE: &str = "state";
const RECORDED: &str = "recorded";

fn name_of(words: &[&str]) -> String {
    words.join(" ").replace('/', "%")
}

impl State {
    /// A new phone.
    pub fn new(which: Which, files: &Path) -> Self {
        let phone = which.phone();
        let files = files.to_str().expect("a path of plain characters").to_owned();
        Self { which, changes: Vec::new(), files, phone }
    }

    /// The one in `folder`.
    pub fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join(FILE)).expect("the rig wrote its state");
        let value: Value = serde_json::from_str(&text).expect("the rig wrote JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let which = Which {
            seed: value["seed"].as_u64().expect("a seed"),
            label: text(&value["label"]),
            apps: usize::try_from(value["apps"].as_u64().expect("a number")).expect("it is small"),
        };
        let mut state = Self::new(which, Path::new(&text(&value["files"])));
        for change in value["changes"].as_array().expect("a list") {
            let words: Vec<String> = change.as_array().expect("words").iter().map(text).collect();
            state.phone.answer(&words.iter().map(String::as_str).collect::<Vec<_>>());
            state.changes.push(words);
        }
        state
    }

    /// Writes it in one step: a call that comes at the same time reads the old one or the new.
    pub fn write(&self, folder: &Path) {
        let value = json!({
            "seed": self.which.seed,
            "label": self.which.label,
            "apps": self.which.apps,
            "files": self.files,
            "changes": self.changes,
        });
        let beside = folder.join(format!("state.{}", std::process::id()));
        fs::write(&beside, value.to_string()).expect("the rig's folder can be written");
        fs::rename(beside, folder.join(FILE)).expect("the rig's folder can be written");
    }

    /// Records what the phone answers as it is now, so that a call need not make the phone anew: a
    /// real one answers at once.
    pub fn record(&mut self, folder: &Path, lines: impl Iterator<Item = String>) {
        let recorded = folder.join(RECORDED);
        let _ = fs::remove_dir_all(&recorded);
        fs::create_dir(&recorded).expect("the rig's folder can be written");
        for line in lines {
            let words: Vec<_> = line.split(' ').collect();
            let Some(answer) = self.answer(&words).filter(|answer| !answer.changed) else {
                continue;
            };
            let value = json!([answer.out, answer.aside, answer.code]);
            fs::write(recorded.join(name_of(&words)), value.to_string())
                .expect("it can be written");
        }
    }

    /// What was recorded of a command, if the phone is still the same.
    pub fn recorded(folder: &Path, words: &[&str]) -> Option<Answer> {
        let text = fs::read_to_string(folder.join(RECORDED).join(name_of(words))).ok()?;
        let (out, aside, code) = serde_json::from_str(&text).ok()?;
        Some(Answer { out, aside, code, changed: false })
    }

    /// Forgets what was recorded: the phone is another one now.
    pub fn forget_records(folder: &Path) {
        let _ = fs::remove_dir_all(folder.join(RECORDED));
    }

    /// Carries out a command. Where an app's file lies is told as it lies here.
    pub fn answer(&mut self, words: &[&str]) -> Option<Answer> {
        let mut answer = self.phone.answer(words)?;
        if let ["pm", "path", ..] = words {
            answer.out = answer.out.replace("package:/", &format!("package:{}/", self.files));
        }
        Some(answer)
    }

    /// Notes what changed it.
    pub fn changed_by(&mut self, words: &[&str]) {
        self.changes.push(words.iter().map(|word| (*word).to_owned()).collect());
    }

    /// The phone.
    pub fn phone(&self) -> &Phone {
        &self.phone
    }
}
