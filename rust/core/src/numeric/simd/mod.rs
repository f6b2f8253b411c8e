//! The instruction sets, and the choice among them.
//!
//! A [`Kernel`] is written once, for registers of any size; [`Level::run`] runs the form of it that was
//! compiled for the chosen instruction set. `unsafe` stands in this folder alone.

#![allow(unsafe_code, reason = "instructions that not every processor has, and loads through pointers")]
#![allow(clippy::return_self_not_must_use, reason = "a register is a value; nobody calls add for its effect")]
#![allow(clippy::needless_range_loop, reason = "one index runs through several arrays of registers")]
#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod compact;
pub mod dense;
pub mod eight;
#[cfg(target_arch = "x86_64")]
mod eight512;
pub mod elementwise;
mod exponential;
pub mod first_times;
pub mod four;
pub mod indices;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod several;
pub mod sigmoid;
pub mod sparse;
mod table;
pub mod vector;

use std::sync::OnceLock;

use crate::error::{Error, Result};

pub use eight::{EightWords, keep_pairs};
pub use first_times::{FirstTimes, Slots};
pub use vector::{InstructionSet, Vector, WindowScale};

/// Work that is written once for all instruction sets.
///
/// A kernel and all that it calls must be inlined into the function that switches the instruction set on: what is
/// compiled on its own is compiled without it, some twenty times slower. So inside kernels loops stand where
/// elsewhere an iterator would take a closure.
pub trait Kernel {
    /// What comes out.
    type Output;

    /// Does the work with the registers of `I`; must be marked `#[inline(always)]`.
    fn run<I: InstructionSet>(self) -> Self::Output;
}

/// An instruction set that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level(Choice);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

impl Choice {
    /// The best first.
    const ALL: &[Self] = &[
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "aarch64")]
        Self::Neon,
        Self::Portable,
    ];

    fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::is_available(),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            Self::Portable => true,
        }
    }
}

static CHOSEN: OnceLock<Level> = OnceLock::new();

impl Level {
    /// The one that all kernels use: what [`choose`](Self::choose) chose, else the best available.
    pub fn chosen() -> Self {
        *CHOSEN.get_or_init(|| Self::available()[0])
    }

    /// Makes all kernels use the instruction set of that name from their first call on.
    ///
    /// An error if this processor lacks it, or a kernel already runs with another one.
    pub fn choose(name: &str) -> Result<Self> {
        let available = Self::available();
        let Some(level) = available.iter().find(|level| level.name() == name) else {
            let names: Vec<&str> = available.iter().map(|level| level.name()).collect();
            return Err(Error::Value(format!(
                "expected an instruction set of this processor ({}), got '{name}'",
                names.join(", ")
            )));
        };
        let chosen = *CHOSEN.get_or_init(|| *level);
        if chosen == *level {
            return Ok(chosen);
        }
        Err(Error::Value(format!("expected '{}', which is in use already, got '{name}'", chosen.name())))
    }

    /// All that this processor has, the best first; the last is always the portable one.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Choice::ALL.iter().filter(|choice| choice.is_available()).map(|choice| Self(*choice)).collect()
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Choice::Avx512 => avx512::Avx512::NAME,
            #[cfg(target_arch = "x86_64")]
            Choice::Avx2 => avx2::Avx2::NAME,
            #[cfg(target_arch = "aarch64")]
            Choice::Neon => neon::Neon::NAME,
            Choice::Portable => portable::Portable::NAME,
        }
    }

    /// Runs the kernel with this instruction set.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `available` alone makes this choice, after asking the processor.
            Choice::Avx512 => unsafe { avx512::enter(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `available` alone makes this choice, after asking the processor.
            Choice::Avx2 => unsafe { avx2::enter(kernel) },
            #[cfg(target_arch = "aarch64")]
            Choice::Neon => kernel.run::<neon::Neon>(),
            Choice::Portable => kernel.run::<portable::Portable>(),
        }
    }
}

/// Asks for the cache lines of `source` that lie `ahead` bytes further on; a hint, also past the end.
#[inline(always)]
pub fn prefetch<const LINES: usize>(source: &[impl Copy], ahead: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    for line in 0..LINES {
        let address = source.as_ptr().cast::<i8>().wrapping_add(ahead + line * 64);
        // SAFETY: a prefetch never faults, whatever the address.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address) };
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    let _ = (source, ahead);
}

/// Makes writes past the caches visible to other threads, in their order.
#[inline(always)]
pub fn finish_streams() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: the instruction is part of every x86-64 processor, and touches no memory of ours.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
