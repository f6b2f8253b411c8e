//! A table of `f32` weights in the form that suits its use: a table that fits the cache decides the speed of a
//! sum over a few of its entries.

use super::neuron::{expect_length, neuron_scaled};
use super::simd::compact::{Bytes, Halves};
use super::simd::sparse::Table;
use super::{CsrParts, Index};
use crate::error::{Error, Result};

/// How a weight is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it is, in 4 bytes.
    Single,
    /// Rounded to the upper 2 bytes of an `f32`: 8 significant bits.
    Brain,
    /// Rounded to a whole number of steps, 1 byte; the greatest weight is 127 steps.
    Byte,
}

impl Format {
    /// The format of that name: `float32`, `bfloat16` or `int8`.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "float32" => Ok(Self::Single),
            "bfloat16" => Ok(Self::Brain),
            "int8" => Ok(Self::Byte),
            _ => Err(Error::Value(format!(
                "expected a format of 'float32', 'bfloat16' or 'int8', got '{name}'"
            ))),
        }
    }

    /// The name that [`from_name`](Self::from_name) reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "float32",
            Self::Brain => "bfloat16",
            Self::Byte => "int8",
        }
    }
}

/// Finite weights, stored in a [`Format`].
#[derive(Debug, Clone)]
pub struct CompactWeights {
    values: Values,
    scale: f32,
    count: usize,
}

#[derive(Debug, Clone)]
enum Values {
    Single(Vec<f32>),
    Brain(Halves),
    Byte(Bytes),
}

impl CompactWeights {
    /// Stores the weights, which must be finite.
    pub fn new(weights: &[f32], format: Format) -> Result<Self> {
        if let Some(weight) = weights.iter().find(|weight| !weight.is_finite()) {
            return Err(Error::Value(format!("expected finite weights, got {weight}")));
        }
        let mut scale = 1.0;
        let values = match format {
            Format::Single => Values::Single(weights.to_vec()),
            Format::Brain => Values::Brain(Halves::new(weights.iter().map(|weight| upper_half(*weight)))),
            Format::Byte => {
                let greatest = weights.iter().fold(0.0_f32, |greatest, weight| greatest.max(weight.abs()));
                scale = if greatest > 0.0 { greatest / 127.0 } else { 1.0 };
                Values::Byte(Bytes::new(weights.iter().map(|weight| (weight / scale).round() as i8)))
            }
        };
        Ok(Self { values, scale, count: weights.len() })
    }

    /// How the weights are stored.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self.values {
            Values::Single(_) => Format::Single,
            Values::Brain(_) => Format::Brain,
            Values::Byte(_) => Format::Byte,
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The bytes that they take.
    #[must_use]
    pub const fn size_in_bytes(&self) -> usize {
        match self.format() {
            Format::Single => 4 * self.count,
            Format::Brain => 2 * self.count,
            Format::Byte => self.count,
        }
    }

    /// The weight at a place, as it was rounded; none past the end.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<f32> {
        (place < self.count).then(|| match &self.values {
            Values::Single(values) => values[place],
            Values::Brain(values) => values.value(place),
            Values::Byte(values) => values.value(place) * self.scale,
        })
    }

    /// The sum of the weights at the slots, in `f64`; a slot past the end adds nothing.
    #[must_use]
    pub fn gather_sum(&self, slots: &[u32]) -> f64 {
        slots.iter().filter_map(|&slot| self.get(slot as usize)).map(f64::from).sum()
    }

    /// Adds the rows at the slots, of a row-major table with that many columns, to `out`; a row past the end
    /// adds nothing.
    ///
    /// # Panics
    ///
    /// When `out` does not hold `columns` values.
    pub fn gather_rows(&self, columns: usize, slots: &[u32], out: &mut [f32]) {
        assert_eq!(out.len(), columns, "the output holds one value a column");
        let rows = self.count.checked_div(columns).unwrap_or(0);
        for slot in slots.iter().map(|&slot| slot as usize).filter(|&slot| slot < rows) {
            for (column, sum) in out.iter_mut().enumerate() {
                *sum += self.get(slot * columns + column).unwrap_or(0.0);
            }
        }
    }

    /// Writes sigmoid(x · weights + bias) for each row x of a sparse matrix to `output`.
    pub fn neuron<I: Index>(&self, x: &CsrParts<'_, f32, I>, bias: f64, output: &mut [f32]) -> Result<()> {
        expect_length("weights, one a column", x.column_count(), self.count)?;
        let scale = f64::from(self.scale);
        match &self.values {
            Values::Single(values) => neuron_scaled(x, values.as_slice(), scale, bias, output),
            Values::Brain(values) => neuron_scaled(x, values, scale, bias, output),
            Values::Byte(values) => neuron_scaled(x, values, scale, bias, output),
        }
    }
}

/// The upper half of the nearest `f32` whose lower half is 0, ties to even.
fn upper_half(weight: f32) -> u16 {
    let bits = weight.to_bits();
    let rounded = bits.saturating_add(0x7FFF + (bits >> 16 & 1)) >> 16;
    // A weight next to the greatest of all would round to infinity; it is cut instead.
    let cut = if rounded & 0x7F80 == 0x7F80 { bits >> 16 } else { rounded };
    cut as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [Format; 3] = [Format::Single, Format::Brain, Format::Byte];

    proptest! {
        #[test]
        fn weights_come_back_within_half_a_step(weights in prop::collection::vec(-10.0_f32..10.0, 1..300)) {
            let greatest = weights.iter().fold(0.0_f32, |greatest, weight| greatest.max(weight.abs()));
            for format in FORMATS {
                let table = CompactWeights::new(&weights, format).unwrap();
                for (place, weight) in weights.iter().enumerate() {
                    let allowed = match format {
                        Format::Single => 0.0,
                        Format::Brain => weight.abs() / 256.0,
                        Format::Byte => greatest / 253.0,
                    };
                    let stored = table.get(place).unwrap();
                    prop_assert!((stored - weight).abs() <= allowed, "{format:?}: {weight} became {stored}");
                }
                prop_assert_eq!(table.get(weights.len()), None);
            }
        }

        #[test]
        fn sums_are_those_of_the_stored_weights(
            weights in prop::collection::vec(-10.0_f32..10.0, 1..60),
            slots in prop::collection::vec(0_u32..70, 0..300),
        ) {
            for format in FORMATS {
                let table = CompactWeights::new(&weights, format).unwrap();
                let stored: Vec<f32> = (0..weights.len()).map(|place| table.get(place).unwrap()).collect();
                let expected = crate::numeric::gather_sum(&stored, &slots);
                prop_assert!((table.gather_sum(&slots) - expected).abs() < 1e-9);
                let (mut rows, mut expected) = ([0.0; 3], [0.0; 3]);
                table.gather_rows(3, &slots, &mut rows);
                crate::numeric::gather_rows(&stored, 3, &slots, &mut expected);
                prop_assert_eq!(rows, expected);
            }
        }
    }

    #[test]
    fn weights_that_are_not_finite_are_refused() {
        let error = CompactWeights::new(&[0.0, f32::NAN], Format::Byte).unwrap_err().to_string();
        assert_eq!(error, "expected finite weights, got NaN");
        assert_eq!(upper_half(f32::MAX), 0x7F7F);
    }
}
