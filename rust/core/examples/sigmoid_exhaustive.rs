//! Runs the `f32` sigmoid on all 2^32 inputs, with each instruction set of this processor, and fails if a
//! result is more than 1.0 unit in the last place (ULP) off, falls where x rises, or is no NaN for a NaN.
//!
//! `cargo run --release --example sigmoid_exhaustive [-- STEP]` takes about a minute a core and set; with a
//! STEP, one input in so many is tried.
//!
//! The reference is the sigmoid in `f64`: 2^29 times finer than the result, so its own error counts for nothing.

use std::process::ExitCode;

use rayon::prelude::*;
use sigmail_core::numeric::sigmoid::{sigmoid_f64, sigmoid_with};
use sigmail_core::numeric::simd::Level;

const ALLOWED: f64 = 1.0;
const BLOCK: u64 = 1 << 16;
const POSITIVE_INFINITY: u64 = 0x7F80_0000;

/// What a range of inputs showed.
#[derive(Clone, Copy)]
struct Finding {
    worst: f64,
    worst_at: f32,
    first: f32,
    last: f32,
    falls: u64,
    wrong_nans: u64,
}

fn main() -> ExitCode {
    let step = std::env::args().nth(1).map_or(1, |text| text.parse().expect("STEP is a whole number from 1"));
    let mut passed = true;
    for level in Level::available() {
        let finding = check(level, step);
        println!(
            "{}: worst {:.4} ULP at x = {:e}, {} falls, {} wrong NaNs",
            level.name(),
            finding.worst,
            finding.worst_at,
            finding.falls,
            finding.wrong_nans
        );
        passed &= finding.worst <= ALLOWED && finding.falls == 0 && finding.wrong_nans == 0;
    }
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tries the ranges from -NaN over -inf, 0 and +inf to NaN, in order of rising x.
fn check(level: Level, step: u64) -> Finding {
    let blocks = (1_u64 << 32) / BLOCK;
    let findings: Vec<Finding> =
        (0..blocks).into_par_iter().map(|block| check_block(level, block * BLOCK, step)).collect();
    let mut all = findings[0];
    for finding in &findings[1..] {
        all.falls += finding.falls + u64::from(finding.first < all.last);
        all.wrong_nans += finding.wrong_nans;
        if finding.worst > all.worst {
            (all.worst, all.worst_at) = (finding.worst, finding.worst_at);
        }
        all.last = finding.last;
    }
    all
}

fn check_block(level: Level, start: u64, step: u64) -> Finding {
    let inputs: Vec<f32> = (start..start + BLOCK).step_by(step as usize).map(nth_in_order).collect();
    let mut outputs = vec![0.0; inputs.len()];
    sigmoid_with(level, &inputs, &mut outputs).expect("both have one length");
    let mut finding = Finding {
        worst: 0.0,
        worst_at: 0.0,
        first: outputs[0],
        last: outputs[outputs.len() - 1],
        falls: outputs.windows(2).filter(|pair| pair[1] < pair[0]).count() as u64,
        wrong_nans: 0,
    };
    for (&x, &y) in inputs.iter().zip(&outputs) {
        finding.wrong_nans += u64::from(x.is_nan() != y.is_nan());
        let exact = sigmoid_f64(f64::from(x));
        let error = (f64::from(y) - exact).abs() / unit_in_last_place(exact);
        if error > finding.worst {
            (finding.worst, finding.worst_at) = (error, x);
        }
    }
    finding
}

/// The `f32` at that place when all 2^32 are ordered by sign and size, NaNs at both ends.
fn nth_in_order(place: u64) -> f32 {
    let bits = if place < 1 << 31 { u32::MAX - place as u32 } else { (place - (1 << 31)) as u32 };
    debug_assert!(place != (1 << 31) + POSITIVE_INFINITY || f32::from_bits(bits) == f32::INFINITY);
    f32::from_bits(bits)
}

/// The distance of two neighbouring `f32` at that size.
fn unit_in_last_place(exact: f64) -> f64 {
    let exponent = ((exact.to_bits() >> 52) as i32 - 1023).max(f32::MIN_EXP - 1);
    2_f64.powi(exponent - 23)
}
