//! What holds around the child that reads samples: it is started and tries what it must not.

use super::Check;
use crate::sandbox::{Held, Layer, Probe, Tried, try_out};

/// Tries each thing in a child of this program.
pub async fn check(memory_mib: u64) -> Check {
    let mut check = Check::new("sandbox");
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            check.could_not(format!("this program was not found: {error}"));
            return check;
        }
    };
    let mut held = None;
    for probe in Probe::ALL {
        match try_out(&program, memory_mib, probe).await {
            Ok((holds, tried)) => {
                told(&mut check, probe, &tried);
                held = Some(holds);
            }
            Err(error) => check.could_not(format!("a child that tries: {error:#}")),
        }
    }
    if let Some(held) = held {
        layers(&mut check, &held);
    }
    check
}

fn told(check: &mut Check, probe: Probe, tried: &Tried) {
    if let Tried::Refused(_) = tried {
        return;
    }
    check.found(
        format!("a child that reads samples {} although it must not", probe.words()),
        "the sandbox of an analysis",
        "let no worker run here before this is mended: use a kernel with seccomp, outside of what \
         takes it away",
    );
}

fn layers(check: &mut Check, held: &Held) {
    let layers = [
        (
            "the filter of system calls",
            &held.calls,
            "use a kernel with CONFIG_SECCOMP_FILTER, and a container that lets programs set it",
        ),
        (
            "Landlock",
            &held.landlock,
            "a second wall for the day the filter fails: a kernel with CONFIG_SECURITY_LANDLOCK, \
             and `landlock` in its `lsm=`",
        ),
    ];
    let mut holding = vec!["limits"];
    for (name, layer, advice) in layers {
        match layer {
            Layer::Holds => holding.push(name),
            Layer::Partly(how) => {
                holding.push(name);
                check.mind(format!("{name} holds in part: {how}"), "this machine's kernel", advice);
            }
            Layer::Lacks(why) => {
                check.mind(format!("{name} does not hold: {why}"), "this machine's kernel", advice);
            }
        }
    }
    check.looked_at = format!(
        "a child tried a file, a socket, a program, memory; it is held by {}",
        holding.join(", ")
    );
}
