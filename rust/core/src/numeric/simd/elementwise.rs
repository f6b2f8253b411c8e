//! Functions of one number, over slices.

use super::several::Several;
use super::vector::{InstructionSet, Vector};
use super::{Kernel, prefetch};
use crate::numeric::Float;

/// A function of one number, on a register.
pub trait Function: Copy + Sync {
    /// The value; must be marked `#[inline(always)]`.
    fn of<V: Vector>(self, x: V) -> V;
}

/// From this many bytes on, results go past the caches: they would only push out what is read next.
pub const STREAM_FROM_BYTES: usize = 2 << 20;

/// How far ahead of use a source line is asked for.
const PREFETCH_BYTES: usize = 2048;

/// Registers in flight at a time.
const UNROLL: usize = 4;

type Block<V> = Several<V, UNROLL>;

/// Writes the function of each input to the output; both have one length.
pub struct Map<'a, T, F> {
    /// What is read.
    pub input: &'a [T],
    /// What is written.
    pub output: &'a mut [T],
    /// What is applied.
    pub function: F,
    /// Whether the results go past the caches.
    pub stream: bool,
}

impl<T: Float, F: Function> Kernel for Map<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        map::<T::Register<I>, T, F>(self.input, self.output, self.function, self.stream);
    }
}

/// Replaces each value by the function of it.
pub struct MapInPlace<'a, T, F> {
    /// What is read and written.
    pub values: &'a mut [T],
    /// What is applied.
    pub function: F,
}

impl<T: Float, F: Function> Kernel for MapInPlace<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        let function = self.function;
        let mut blocks = self.values.chunks_exact_mut(<Block<T::Register<I>>>::LANES);
        for block in &mut blocks {
            function.of(<Block<T::Register<I>>>::load(block)).store(block);
        }
        for rest in blocks.into_remainder().chunks_mut(<T::Register<I>>::LANES) {
            function.of(<T::Register<I>>::load_partial(rest)).store_partial(rest);
        }
    }
}

/// The function of one number.
pub struct One<F> {
    /// The number.
    pub x: f64,
    /// What is applied.
    pub function: F,
}

impl<F: Function> Kernel for One<F> {
    type Output = f64;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> f64 {
        let mut result = [0.0];
        self.function.of(I::Double::splat(self.x)).store_partial(&mut result);
        result[0]
    }
}

#[inline(always)]
fn map<V: Vector<Element = T>, T: Float, F: Function>(
    input: &[T],
    output: &mut [T],
    function: F,
    stream: bool,
) {
    let register_bytes = size_of::<V>();
    let head = if stream { output.as_ptr().align_offset(register_bytes).min(output.len()) } else { 0 };
    let (input_head, input) = input.split_at(head);
    let (output_head, output) = output.split_at_mut(head);
    map_short::<V, T, F>(input_head, output_head, function);
    let block = <Block<V>>::LANES;
    let whole = input.len() - input.len() % block;
    let (input, input_rest) = input.split_at(whole);
    let (output, output_rest) = output.split_at_mut(whole);
    for (source, target) in input.chunks_exact(block).zip(output.chunks_exact_mut(block)) {
        prefetch::<UNROLL>(source, PREFETCH_BYTES);
        let value = function.of(<Block<V>>::load(source));
        if stream { value.stream(target) } else { value.store(target) }
    }
    map_short::<V, T, F>(input_rest, output_rest, function);
    if stream {
        super::finish_streams();
    }
}

#[inline(always)]
fn map_short<V: Vector<Element = T>, T: Float, F: Function>(input: &[T], output: &mut [T], function: F) {
    for (source, target) in input.chunks(V::LANES).zip(output.chunks_mut(V::LANES)) {
        function.of(V::load_partial(source)).store_partial(target);
    }
}
