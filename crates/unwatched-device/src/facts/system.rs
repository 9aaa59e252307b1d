//! The system itself, as observed: tools that give full rights, and what they leave behind.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{Coverage, Facts, Part, Seen};
use crate::android::aqf_files::{self, AqfFiles};
use crate::android::dump::note;
use crate::android::system_state;
use crate::evidence::ArtefactKind;

/// A trace of full rights over the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootTrace {
    /// What it is.
    pub what: RootSign,
    /// The tool or the place.
    pub name: String,
    /// Where it was observed.
    pub seen: Seen,
}

/// What the trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RootSign {
    /// A tool lies where programs lie.
    ToolThere,
    /// A tool runs.
    ToolRuns,
    /// The system can be written to.
    SystemWritable,
    /// Files of a tool lie over the system's own.
    LaidOver,
    /// SELinux forbids nothing.
    Permissive,
}

/// Everything of this kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SystemFacts {
    /// Traces of full rights.
    pub root: Vec<RootTrace>,
    /// Programs among the temporary files.
    pub temporary_programs: Vec<Seen>,
}

impl Facts {
    /// Reads one of the short artefacts about the system.
    pub(crate) fn read_system(&mut self, place: usize, kind: &ArtefactKind, source: impl Read) {
        match kind {
            ArtefactKind::RootBinaries => self.read_root_binaries(place, source),
            ArtefactKind::Mounts => self.read_mounts(place, source),
            ArtefactKind::Processes => self.read_processes(place, source),
            ArtefactKind::Selinux => self.read_selinux(place, source),
            ArtefactKind::AqfFiles => {
                let files = note(self, place, "list of files", aqf_files::read(source));
                self.add_aqf_files(place, files);
            }
            _ => {}
        }
    }

    fn cover_read<T>(&mut self, part: Part, read: Option<T>) -> Option<T> {
        let coverage = match read {
            Some(_) => Coverage::Whole,
            None => Coverage::Unreadable("it is damaged".to_owned()),
        };
        self.cover(part, coverage);
        read
    }

    fn trace(&mut self, what: RootSign, name: String, seen: Seen) {
        let known = |trace: &RootTrace| (trace.what, &trace.name) == (what, &name);
        if !self.system.root.iter().any(known) {
            self.system.root.push(RootTrace { what, name, seen });
        }
    }

    fn read_root_binaries(&mut self, place: usize, source: impl Read) {
        let paths = note(self, place, "root_binaries", system_state::root_binaries(source));
        let part = Part::RootBinaries;
        for (path, line) in self.cover_read(part, paths).unwrap_or_default() {
            self.trace(RootSign::ToolThere, path, Seen { place, part, line });
        }
    }

    fn read_mounts(&mut self, place: usize, source: impl Read) {
        let part = Part::Mounts;
        let mounts = note(self, place, "mounts", system_state::mounts(source));
        let Some(mounts) = self.cover_read(part, mounts) else { return };
        for (at, line) in mounts.writable_system {
            self.trace(RootSign::SystemWritable, at, Seen { place, part, line });
        }
        for (at, line) in mounts.laid_over {
            self.trace(RootSign::LaidOver, at, Seen { place, part, line });
        }
    }

    fn read_processes(&mut self, place: usize, source: impl Read) {
        let part = Part::Processes;
        let processes = note(self, place, "processes", system_state::processes(source));
        let Some(processes) = self.cover_read(part, processes) else { return };
        for (package, line) in processes.apps {
            self.app(&package).running.get_or_insert(Seen { place, part, line });
        }
        for (tool, line) in processes.root_tools {
            self.trace(RootSign::ToolRuns, tool, Seen { place, part, line });
        }
    }

    fn read_selinux(&mut self, place: usize, source: impl Read) {
        let part = Part::Selinux;
        let permissive = note(self, place, "selinux", system_state::selinux(source));
        if self.cover_read(part, permissive) == Some(true) {
            let seen = Seen { place, part, line: 1 };
            self.trace(RootSign::Permissive, "SELinux".to_owned(), seen);
        }
    }

    fn add_aqf_files(&mut self, place: usize, files: AqfFiles) {
        let part = Part::AqfFiles;
        let coverage = match (files.whole, files.count) {
            (true, 0) => Coverage::Unreadable("files.json lists no files".to_owned()),
            (true, _) => Coverage::Whole,
            (false, _) => {
                self.cut_short = true;
                Coverage::Cut("files.json is damaged or cut short".to_owned())
            }
        };
        self.cover(part, coverage);
        for (package, line) in files.folders_of_apps {
            self.app(&package).folder.get_or_insert(Seen { place, part, line });
        }
        for (path, line) in files.root_tools {
            self.trace(RootSign::ToolThere, path, Seen { place, part, line });
        }
        if let Some(line) = files.added_authority {
            self.access.certificate_warning.get_or_insert(Seen { place, part, line });
        }
        let programs = files.temporary_programs.into_iter();
        let seen = programs.map(|line| Seen { place, part, line });
        self.system.temporary_programs.extend(seen);
    }
}
