//! The filter of system calls: what an analysis needs once it has begun, and nothing else.
//!
//! Two lists. What is not in [`allowed`] is refused with "operation not permitted", which libraries
//! live with: a panic that looks for debug information goes on without it. What is in [`DEADLY`] is
//! never asked for by accident; who asks for it is somebody else's code in our process, and it is
//! ended at once, so that no report of its making is believed.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::Layer;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Failed = seccompiler::Error;

pub(super) fn layer() -> Layer {
    match restrict() {
        Ok(()) => Layer::Holds,
        Err(error) => Layer::Lacks(format!("the kernel refused it: {error}")),
    }
}

fn restrict() -> Result<(), Failed> {
    let own = std::process::id();
    let (deadly, allowed) = (deadly_program()?, allowed_program(own)?);
    // The stricter answer counts; the second filter could not be put in place under itself.
    seccompiler::apply_filter(&deadly)?;
    seccompiler::apply_filter(&allowed)
}

fn deadly_program() -> Result<BpfProgram, Failed> {
    let rules = DEADLY.iter().map(|call| (*call, Vec::new())).collect();
    program(rules, SeccompAction::Allow, SeccompAction::KillProcess)
}

fn allowed_program(own: u32) -> Result<BpfProgram, Failed> {
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    program(allowed(own)?, refused, SeccompAction::Allow)
}

fn program(
    rules: Rules,
    otherwise: SeccompAction,
    action: SeccompAction,
) -> Result<BpfProgram, Failed> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    Ok(SeccompFilter::new(rules, otherwise, action, arch)?.try_into()?)
}

/// Without a condition.
const PLAIN: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
];

fn allowed(own: u32) -> Result<Rules, Failed> {
    let mut rules: Rules = PLAIN.iter().map(|call| (*call, Vec::new())).collect();
    let stdin = [equal(0, 0)?];
    rules.insert(libc::SYS_read, any(stdin.clone())?);
    rules.insert(libc::SYS_readv, any(stdin)?);
    let stdout_stderr = [equal(0, 1)?, equal(0, 2)?];
    rules.insert(libc::SYS_write, any(stdout_stderr.clone())?);
    rules.insert(libc::SYS_writev, any(stdout_stderr)?);
    // Memory that is no file's, and that is never run as code.
    let anonymous = masked(3, libc::MAP_ANONYMOUS, libc::MAP_ANONYMOUS)?;
    rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![not_code()?, anonymous])?]);
    rules.insert(libc::SYS_mprotect, any([not_code()?])?);
    // To abort itself, when memory has run out, and nobody else.
    rules.insert(libc::SYS_tgkill, any([equal(0, u64::from(own))?])?);
    Ok(rules)
}

/// One rule for each condition: one of them is enough.
fn any(conditions: impl IntoIterator<Item = SeccompCondition>) -> Result<Vec<SeccompRule>, Failed> {
    conditions.into_iter().map(|one| Ok(SeccompRule::new(vec![one])?)).collect()
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, Failed> {
    Ok(SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?)
}

fn masked(argument: u8, mask: i32, value: i32) -> Result<SeccompCondition, Failed> {
    let mask = SeccompCmpOp::MaskedEq(u64::from(mask.unsigned_abs()));
    let value = u64::from(value.unsigned_abs());
    Ok(SeccompCondition::new(argument, SeccompCmpArgLen::Dword, mask, value)?)
}

fn not_code() -> Result<SeccompCondition, Failed> {
    masked(2, libc::PROT_EXEC, 0)
}

/// Another machine, another process, another program, or the kernel's own insides.
const DEADLY: &[i64] = &[
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_add_key,
    libc::SYS_bind,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_connect,
    libc::SYS_delete_module,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_finit_module,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    libc::SYS_fsopen,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_kill,
    libc::SYS_listen,
    libc::SYS_memfd_create,
    libc::SYS_mount,
    libc::SYS_move_mount,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setns,
    libc::SYS_setuid,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
];
