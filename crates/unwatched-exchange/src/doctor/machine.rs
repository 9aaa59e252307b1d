//! What analyses need of the machine: memory, and as many open files as the server's limits hold.

use super::{Check, Exam};

/// Below this a busy server runs out.
const OPEN_FILES: u64 = 1024;

pub(super) fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("machine");
    let analysis = &exam.state.config.analysis;
    check.looked_at = String::from("memory for analyses, open files");
    let wanted = analysis.memory_mib.saturating_mul(analysis.workers as u64);
    match total_mib() {
        Ok(total) if wanted > total => check.mind(
            format!("analyses may take {wanted} MiB and the machine has {total}"),
            "analysis.workers, analysis.memory_mib",
            "lower one of the two, or give the machine more memory",
        ),
        Ok(_) => {}
        Err(why) => check.could_not(format!("how much memory there is: {why}")),
    }
    match rlimit::Resource::NOFILE.get() {
        Ok((_, most)) if most < OPEN_FILES => check.mind(
            format!("a process may have {most} files open"),
            "ulimit -n",
            format!("raise it to at least {OPEN_FILES}"),
        ),
        Ok(_) => {}
        Err(error) => check.could_not(format!("how many files may be open: {error}")),
    }
    check
}

fn total_mib() -> Result<u64, String> {
    let text = std::fs::read_to_string("/proc/meminfo")
        .map_err(|error| format!("/proc/meminfo: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.map(|kib| kib >> 10).ok_or_else(|| "/proc/meminfo does not say".to_owned())
}
