//! Work that may take its time: it gives way to the threads that answer somebody.

use pyo3::prelude::*;

use crate::errors::run;

/// How nice a thread of such work is, of 19 at most. A thread at 0 gets ten times its share of a processor
/// that both want; at 19 it would be seventy times, and a busy host could keep the work from its end.
const NICENESS: i32 = 10;

/// As [`run`], but in a thread that has a small claim to the processor, while the caller waits.
///
/// The GIL is not held, so that nobody who holds it waits behind everybody else. A thread may lower its claim
/// and not raise it again, so that each such work has a thread of its own.
pub fn run_behind<T: Send>(
    py: Python<'_>,
    stage: &'static str,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    run(py, stage, || {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                lower_claim();
                work()
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

/// Lets whoever wakes up on this processor have it at once: for pauses in work that is done behind others.
///
/// Linux lets a thread that runs go on to the end of its slice, a millisecond or more, also when one of a far
/// larger claim wakes up. A thread that yields has no slice left.
pub fn give_way() {
    std::thread::yield_now();
}

/// Lowers this thread's claim to the processor. Without the right to, the work is done all the same.
#[cfg(target_os = "linux")]
fn lower_claim() {
    // Linux takes "this process" for the calling thread; elsewhere it would be the whole process.
    let _ = rustix::process::setpriority_process(None, NICENESS);
}

/// Elsewhere the system has no such call for one thread, or another one.
#[cfg(not(target_os = "linux"))]
fn lower_claim() {
    let _ = NICENESS;
}
