//! Products of dense rows: with one vector, and with a packed matrix, a tile of sums in registers at a time.

use super::vector::{InstructionSet, Vector};
use super::{Kernel, prefetch};
use crate::numeric::Float;

/// Rows that share each load of the weights.
const ROWS: usize = 4;

/// How far ahead of use the lines of a row are asked for.
const PREFETCH_BYTES: usize = 1024;

/// Writes row · weights + bias for each row of a row-major matrix.
pub struct Products<'a, T> {
    /// As many rows as the output holds values, each as long as the weights.
    pub rows: &'a [T],
    /// What each row is multiplied with.
    pub weights: &'a [T],
    /// What is added.
    pub bias: T,
    /// One value a row.
    pub output: &'a mut [T],
}

impl<T: Float> Kernel for Products<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        let columns = self.weights.len();
        let whole = self.output.len() / ROWS * ROWS;
        let (groups, rest) = self.output.split_at_mut(whole);
        for (group, sums) in groups.chunks_exact_mut(ROWS).enumerate() {
            let mut rows = [self.weights; ROWS];
            for (i, row) in rows.iter_mut().enumerate() {
                *row = &self.rows[(group * ROWS + i) * columns..][..columns];
            }
            sums.copy_from_slice(&products::<T::Register<I>, T, ROWS>(rows, self.weights, self.bias));
        }
        for (i, sum) in rest.iter_mut().enumerate() {
            let row = &self.rows[(whole + i) * columns..][..columns];
            *sum = products::<T::Register<I>, T, 1>([row], self.weights, self.bias)[0];
        }
    }
}

/// The sums of some rows; how many rows go together does not change a row's bits.
#[inline(always)]
fn products<V: Vector<Element = T>, T: Float, const R: usize>(
    rows: [&[T]; R],
    weights: &[T],
    bias: T,
) -> [T; R] {
    let mut sums = [[V::splat(0.0); 2]; R];
    let pair = 2 * V::LANES;
    let mut start = 0;
    while start + pair <= weights.len() {
        let first = V::load(&weights[start..]);
        let second = V::load(&weights[start + V::LANES..]);
        for r in 0..R {
            let row = &rows[r][start..start + pair];
            prefetch::<2>(row, PREFETCH_BYTES);
            sums[r][0] = V::load(row).mul_add(first, sums[r][0]);
            sums[r][1] = V::load(&row[V::LANES..]).mul_add(second, sums[r][1]);
        }
        start += pair;
    }
    while start < weights.len() {
        let end = (start + V::LANES).min(weights.len());
        let weight = V::load_partial(&weights[start..end]);
        for r in 0..R {
            sums[r][0] = V::load_partial(&rows[r][start..end]).mul_add(weight, sums[r][0]);
        }
        start = end;
    }
    let mut result = [bias; R];
    for r in 0..R {
        result[r] = result[r] + sums[r][0].add(sums[r][1]).sum();
    }
    result
}

/// Writes row * table + bias for one row, the table unpacked.
pub struct RowSum<'a, T> {
    /// One value a row of the table.
    pub row: &'a [T],
    /// A row-major table with as many columns as the output.
    pub table: &'a [T],
    /// One value a column.
    pub bias: &'a [T],
    /// One value a column.
    pub output: &'a mut [T],
}

impl<T: Float> Kernel for RowSum<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        let (lanes, width) = (<T::Register<I>>::LANES, self.output.len());
        for start in (0..width).step_by(lanes) {
            let columns = start..(start + lanes).min(width);
            let mut sum = <T::Register<I>>::splat(0.0);
            for (value, weights) in self.row.iter().zip(self.table.chunks_exact(width)) {
                let weights = <T::Register<I>>::load_partial(&weights[columns.clone()]);
                sum = <T::Register<I>>::broadcast(*value).mul_add(weights, sum);
            }
            let sum = sum.add(<T::Register<I>>::load_partial(&self.bias[columns.clone()]));
            sum.store_partial(&mut self.output[columns]);
        }
    }
}

/// A matrix cut into panels of some registers' width, each stored row by row and filled up with zeros.
#[derive(Debug, Clone)]
pub struct Packed<T> {
    values: Vec<T>,
    inputs: usize,
    outputs: usize,
    lanes: usize,
}

/// Packs a row-major matrix of `inputs` rows for the registers of the instruction set.
pub struct Pack<'a, T> {
    /// `inputs` times `outputs` values.
    pub weights: &'a [T],
    /// The number of rows.
    pub inputs: usize,
    /// The number of columns.
    pub outputs: usize,
}

impl<T: Float> Kernel for Pack<'_, T> {
    type Output = Packed<T>;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> Packed<T> {
        let lanes = <T::Register<I>>::LANES;
        let width = I::PANEL_REGISTERS * lanes;
        let mut values = Vec::with_capacity(self.inputs * self.outputs.next_multiple_of(lanes));
        for first in (0..self.outputs).step_by(width) {
            let columns = first..(first + width).min(self.outputs);
            let padding = columns.len().next_multiple_of(lanes) - columns.len();
            for row in self.weights.chunks_exact(self.outputs) {
                values.extend_from_slice(&row[columns.clone()]);
                values.extend(std::iter::repeat_n(T::default(), padding));
            }
        }
        Packed { values, inputs: self.inputs, outputs: self.outputs, lanes }
    }
}

/// Writes rows * packed + bias, row-major.
pub struct Layer<'a, T> {
    /// Rows of `packed.inputs` values.
    pub rows: &'a [T],
    /// What they are multiplied with, packed for the same instruction set.
    pub packed: &'a Packed<T>,
    /// One value an output.
    pub bias: &'a [T],
    /// Rows of `packed.outputs` values.
    pub output: &'a mut [T],
}

impl<T: Float> Kernel for Layer<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(mut self) {
        let lanes = <T::Register<I>>::LANES;
        assert_eq!(lanes, self.packed.lanes, "packed for another instruction set");
        let (mut column, mut offset) = (0, 0);
        while column < self.packed.outputs {
            let registers = (self.packed.outputs - column).div_ceil(lanes).min(I::PANEL_REGISTERS);
            let panel = &self.packed.values[offset..][..self.packed.inputs * registers * lanes];
            match (registers, I::PANEL_REGISTERS) {
                (4, 4) => self.panel::<T::Register<I>, 6, 4>(panel, column),
                (3, 4) => self.panel::<T::Register<I>, 8, 3>(panel, column),
                (2, 4) => self.panel::<T::Register<I>, 12, 2>(panel, column),
                (1, 4) => self.panel::<T::Register<I>, 16, 1>(panel, column),
                (2, _) => self.panel::<T::Register<I>, 6, 2>(panel, column),
                _ => self.panel::<T::Register<I>, 12, 1>(panel, column),
            }
            column += registers * lanes;
            offset += panel.len();
        }
    }
}

impl<T: Float> Layer<'_, T> {
    /// All rows with one panel of `C` registers, `R` rows at a time.
    #[inline(always)]
    fn panel<V: Vector<Element = T>, const R: usize, const C: usize>(&mut self, panel: &[T], column: usize) {
        let (inputs, outputs) = (self.packed.inputs, self.packed.outputs);
        let rows = self.output.len() / outputs;
        let mut row = 0;
        while row + R <= rows {
            self.tile::<V, R, C>(panel, column, row);
            row += R;
        }
        while row < rows {
            self.tile::<V, 1, C>(panel, column, row);
            row += 1;
        }
        debug_assert_eq!(self.rows.len(), rows * inputs);
    }

    /// `R` rows with one panel: `R * C` registers of sums.
    #[inline(always)]
    fn tile<V: Vector<Element = T>, const R: usize, const C: usize>(
        &mut self,
        panel: &[T],
        column: usize,
        first_row: usize,
    ) {
        let inputs = self.packed.inputs;
        let mut rows = [&self.rows[..0]; R];
        for (r, row) in rows.iter_mut().enumerate() {
            *row = &self.rows[(first_row + r) * inputs..][..inputs];
        }
        let mut sums = [[V::splat(0.0); C]; R];
        for (input, weights) in panel.chunks_exact(C * V::LANES).enumerate() {
            let mut columns = [V::splat(0.0); C];
            for c in 0..C {
                columns[c] = V::load(&weights[c * V::LANES..(c + 1) * V::LANES]);
            }
            if input.is_multiple_of(16) {
                // The rows of the next tile lie on other pages, where the processor's own prefetch starts cold.
                for row in rows {
                    prefetch::<1>(&row[input..], R * size_of_val(row));
                }
            }
            for r in 0..R {
                let value = V::broadcast(rows[r][input]);
                for c in 0..C {
                    sums[r][c] = value.mul_add(columns[c], sums[r][c]);
                }
            }
        }
        let outputs = self.packed.outputs;
        for r in 0..R {
            let target = &mut self.output[(first_row + r) * outputs..][..outputs];
            for c in 0..C {
                let start = column + c * V::LANES;
                let end = (start + V::LANES).min(outputs);
                let bias = V::load_partial(&self.bias[start..end]);
                sums[r][c].add(bias).store_partial(&mut target[start..end]);
            }
        }
    }
}
