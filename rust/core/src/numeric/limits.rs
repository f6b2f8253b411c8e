//! What the machine can do at best: the limits that measurements of the kernels are set beside.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use super::Float;
use super::neuron::expect_length;
use super::parallel::{for_pieces, on_all_cores};
use super::simd::elementwise::{Function, Map};
use super::simd::{InstructionSet, Kernel, Level, Vector};
use crate::error::Result;

/// Copies the input to the output past the caches, on all cores if there is enough: as fast as memory takes results.
pub fn streaming_copy<T: Float>(input: &[T], output: &mut [T]) -> Result<()> {
    expect_length("output values", input.len(), output.len())?;
    let level = Level::chosen();
    for_pieces(output, |first, output| {
        let input = &input[first..first + output.len()];
        level.run(Map { input, output, function: Unchanged, stream: true });
    });
    Ok(())
}

#[derive(Clone, Copy)]
struct Unchanged;

impl Function for Unchanged {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x
    }
}

/// Multiplies and adds in registers alone, `rounds` times on each core; returns the number of operations, two for
/// each `f32` of each fused instruction.
#[must_use]
pub fn multiply_add_in_registers(rounds: u32) -> f64 {
    let level = Level::chosen();
    on_all_cores(|| level.run(MultiplyAdd { rounds })).iter().sum()
}

/// Chains enough to keep every multiplier of the processors that we know busy.
const CHAINS: usize = 12;

struct MultiplyAdd {
    rounds: u32,
}

impl Kernel for MultiplyAdd {
    type Output = f64;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> f64 {
        let (factor, addend) = (I::Single::splat(std::hint::black_box(0.5)), I::Single::splat(1.0));
        let mut sums = [addend; CHAINS];
        for _ in 0..self.rounds {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, addend);
            }
        }
        let mut total = addend;
        for sum in sums {
            total = total.add(sum);
        }
        std::hint::black_box(total.sum());
        2.0 * f64::from(self.rounds) * (CHAINS * I::Single::LANES) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_is_a_copy() {
        let input: Vec<f64> = (0..1001).map(f64::from).collect();
        let mut output = vec![0.0; input.len()];
        streaming_copy(&input, &mut output).unwrap();
        assert_eq!(input, output);
        assert!(streaming_copy(&input, &mut output[1..]).is_err());
    }

    #[test]
    fn operations_are_counted() {
        assert!(multiply_add_in_registers(10) >= 240.0);
    }
}
