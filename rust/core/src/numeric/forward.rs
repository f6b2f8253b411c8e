//! The forward pass of a network, a tile of rows at a time through all layers.

use std::ops::Range;

use super::network::Layer;
use super::simd::Level;
use super::simd::dense::{Pack, Packed, Products};
use super::views::{PACK_FROM_ROWS, dense_layer};
use super::{Float, ForwardRows};

/// Rows whose hidden values live at one time: a whole number of the kernels' tiles of 6, 8, 12 and 16 rows.
const TILE_ROWS: usize = 48;

/// A network whose weights are laid out for an instruction set.
pub(super) struct PreparedNetwork<'a, T> {
    layers: Vec<(&'a Layer<'a, T>, Option<Packed<T>>)>,
    level: Level,
}

impl<'a, T: Float> PreparedNetwork<'a, T> {
    /// Packs the layers after the first, and the first too if its input asks for it.
    pub(super) fn new(layers: &'a [Layer<'a, T>], level: Level, pack_first: bool) -> Self {
        let prepare = |(index, layer): (usize, &'a Layer<'a, T>)| {
            let packed = (layer.outputs() > 1 && (index > 0 || pack_first)).then(|| {
                let (weights, inputs, outputs) = (layer.weights(), layer.inputs(), layer.outputs());
                level.run(Pack { weights, inputs, outputs })
            });
            (layer, packed)
        };
        Self { layers: layers.iter().enumerate().map(prepare).collect(), level }
    }

    /// Writes the last layer's values for the rows; between the layers no more than a tile is kept.
    pub(super) fn forward(&self, x: &impl ForwardRows<T>, rows: Range<usize>, output: &mut [T]) {
        let width = |index: usize| self.layers[index].0.outputs();
        let last = self.layers.len() - 1;
        let mut tiles: Vec<Vec<T>> =
            (0..last).map(|index| vec![T::default(); TILE_ROWS.min(rows.len()) * width(index)]).collect();
        for first in rows.clone().step_by(TILE_ROWS) {
            let tile = first..(first + TILE_ROWS).min(rows.end);
            let target = &mut output[(first - rows.start) * width(last)..][..tile.len() * width(last)];
            self.tile(x, &tile, &mut tiles, target);
        }
    }

    fn tile(&self, x: &impl ForwardRows<T>, rows: &Range<usize>, tiles: &mut [Vec<T>], target: &mut [T]) {
        for (index, (layer, packed)) in self.layers.iter().enumerate() {
            let (before, after) = tiles.split_at_mut(index);
            let sums = match after.first_mut() {
                Some(tile) => &mut tile[..rows.len() * layer.outputs()],
                None => &mut *target,
            };
            match before.last() {
                None if layer.outputs() == 1 => {
                    x.products(self.level, rows.clone(), layer.weights(), layer.bias()[0], sums);
                }
                None => x.layer_sums(self.level, rows.clone(), layer, packed.as_ref(), sums),
                Some(values) => {
                    self.hidden(&values[..rows.len() * layer.inputs()], layer, packed.as_ref(), sums);
                }
            }
            layer.activation.apply(self.level, sums);
        }
    }

    fn hidden(&self, values: &[T], layer: &Layer<'_, T>, packed: Option<&Packed<T>>, sums: &mut [T]) {
        if layer.outputs() == 1 {
            let (weights, bias) = (layer.weights(), layer.bias()[0]);
            self.level.run(Products { rows: values, weights, bias, output: sums });
        } else {
            dense_layer(self.level, values, layer, packed.filter(|_| sums.len() >= PACK_FROM_ROWS), sums);
        }
    }
}
