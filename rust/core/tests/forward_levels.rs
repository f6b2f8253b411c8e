//! Each instruction set of this processor against slow, obvious sums: rows times weights, and rows times layers.

use proptest::prelude::*;
use sigmail_core::numeric::simd::Level;
use sigmail_core::numeric::simd::dense::Pack;
use sigmail_core::numeric::{
    Activation, CompactWeights, CsrParts, CsrView, DenseView, Float, Format, ForwardRows, Index, Layer,
    Network,
};

/// Numbers of a fixed, scattered order.
fn scattered<T: Float>(count: usize, seed: usize) -> Vec<T> {
    let number = |i: u64| ((i * 7919 + seed as u64 * 104_729) % 2003) as f64 / 1000.0 - 1.0;
    (0..count as u64).map(|i| T::from_f64(number(i))).collect()
}

/// A dense matrix with every third entry 0, and its sparse form.
struct Matrix<T> {
    dense: Vec<T>,
    pointer: Vec<i32>,
    narrow: Vec<i32>,
    wide: Vec<i64>,
    stored: Vec<T>,
}

fn matrix<T: Float>(rows: usize, columns: usize, seed: usize) -> Matrix<T> {
    let mut dense = scattered::<T>(rows * columns, seed);
    dense.iter_mut().step_by(3).for_each(|value| *value = T::default());
    let (mut pointer, mut wide, mut stored) = (vec![0], Vec::new(), Vec::new());
    for row in 0..rows {
        for column in 0..columns {
            let value = dense[row * columns + column];
            if value != T::default() {
                wide.push(i64::try_from(column).unwrap());
                stored.push(value);
            }
        }
        pointer.push(i32::try_from(wide.len()).unwrap());
    }
    let narrow = wide.iter().map(|index| i32::try_from(*index).unwrap()).collect();
    Matrix { dense, pointer, narrow, wide, stored }
}

/// row * table + bias in `f64`; with `ones` each entry that is not 0 counts as 1.
fn naive_sums<T: Float>(x: &[T], rows: usize, table: &[T], bias: &[T], ones: bool) -> Vec<f64> {
    let (inputs, outputs) = (x.len() / rows, bias.len());
    let entry = |place: usize| match x[place].to_f64() {
        value if ones => f64::from(u8::from(value != 0.0)),
        value => value,
    };
    let sum = |row: usize, output: usize| {
        let terms = (0..inputs).map(|i| entry(row * inputs + i) * table[i * outputs + output].to_f64());
        bias[output].to_f64() + terms.sum::<f64>()
    };
    (0..rows * outputs).map(|place| sum(place / outputs, place % outputs)).collect()
}

fn assert_close<T: Float>(actual: &[T], expected: &[f64], what: &str) {
    let allowed = if T::NAME == "float32" { 1e-4 } else { 1e-12 };
    for (place, (a, e)) in actual.iter().zip(expected).enumerate() {
        assert!((a.to_f64() - e).abs() < allowed, "{what} {} at {place}: {a:?} instead of {e}", T::NAME);
    }
}

fn check_products<T: Float>(rows: usize, columns: usize, offset: usize, seed: usize) {
    let x = matrix::<T>(rows, columns, seed);
    // Rows and weights that start anywhere: no register may ask for its alignment.
    let shifted = [vec![T::default(); offset], x.dense.clone()].concat();
    let weights = scattered::<T>(columns + offset, seed + 1);
    let (weights, bias) = (&weights[offset..], T::from_f64(0.5));
    let dense = DenseView::new(&shifted[offset..], rows, columns).unwrap();
    let expected = naive_sums(&x.dense, rows, weights, &[bias], false);
    let counted = naive_sums(&x.dense, rows, weights, &[bias], true);
    for level in Level::available() {
        let mut sums = vec![T::default(); rows];
        ForwardRows::products(&dense, level, 0..rows, weights, bias, &mut sums);
        assert_close(&sums, &expected, level.name());
        check_sparse(&x.pointer, &x.narrow, &x.stored, level, weights, [&expected, &counted]);
        check_sparse(&x.pointer, &x.wide, &x.stored, level, weights, [&expected, &counted]);
    }
}

/// The products of the sparse rows with their values, and with 1 for each.
fn check_sparse<T: Float, I: Index>(
    pointer: &[i32],
    indices: &[I],
    stored: &[T],
    level: Level,
    weights: &[T],
    expected: [&[f64]; 2],
) {
    for (values, expected) in [Some(stored), None].into_iter().zip(expected) {
        let x = CsrView::new(pointer, indices, values, weights.len()).unwrap();
        let mut sums = vec![T::default(); expected.len()];
        ForwardRows::products(&x, level, 0..sums.len(), weights, T::from_f64(0.5), &mut sums);
        assert_close(&sums, expected, &format!("sparse {}", level.name()));
    }
}

fn check_layers<T: Float>(inputs: usize, outputs: usize, rows: usize, seed: usize) {
    let x = matrix::<T>(rows, inputs, seed);
    let (table, bias) = (scattered::<T>(inputs * outputs, seed + 1), scattered::<T>(outputs, seed + 2));
    let layer = Layer::new(&table, inputs, &bias, Activation::Identity).unwrap();
    let dense = DenseView::new(&x.dense, rows, inputs).unwrap();
    let expected = naive_sums(&x.dense, rows, &table, &bias, false);
    let counted = naive_sums(&x.dense, rows, &table, &bias, true);
    for level in Level::available() {
        let packed = level.run(Pack { weights: &table, inputs, outputs });
        let mut sums = vec![T::default(); rows * outputs];
        dense.layer_sums(level, 0..rows, &layer, Some(&packed), &mut sums);
        assert_close(&sums, &expected, level.name());
        let mut unpacked = vec![T::default(); rows * outputs];
        dense.layer_sums(level, 0..rows, &layer, None, &mut unpacked);
        assert!(sums == unpacked, "{}: packing changed bits", level.name());
        for (values, expected) in [(Some(x.stored.as_slice()), &expected), (None, &counted)] {
            let sparse = CsrView::new(&x.pointer, &x.wide, values, inputs).unwrap();
            sparse.layer_sums(level, 0..rows, &layer, None, &mut sums);
            assert_close(&sums, expected, "sparse");
        }
    }
}

proptest! {
    #[test]
    fn products_are_the_naive_sums(
        columns in 0_usize..=300, rows in 1_usize..11, offset in 0_usize..5, seed in 0_usize..50,
    ) {
        check_products::<f32>(rows, columns, offset, seed);
        check_products::<f64>(rows, columns, offset, seed);
    }

    #[test]
    fn layers_are_the_naive_sums(
        inputs in 0_usize..80, outputs in 1_usize..150, rows in 1_usize..40, seed in 0_usize..50,
    ) {
        check_layers::<f32>(inputs, outputs, rows, seed);
        check_layers::<f64>(inputs, outputs, rows, seed);
    }

    #[test]
    fn compact_weights_give_the_sums_of_what_they_store(columns in 0_usize..=300, rows in 1_usize..9, seed in 0_usize..50) {
        let x = matrix::<f32>(rows, columns, seed);
        for format in [Format::Single, Format::Brain, Format::Byte] {
            let table = CompactWeights::new(&scattered(columns, seed + 1), format).unwrap();
            let stored: Vec<f32> = (0..columns).map(|place| table.get(place).unwrap()).collect();
            for values in [Some(x.stored.as_slice()), None] {
                let expected = naive_sums(&x.dense, rows, &stored, &[0.25], values.is_none());
                let expected: Vec<f64> = expected.into_iter().map(|z| 1.0 / (1.0 + (-z).exp())).collect();
                let parts = CsrParts::new(&x.pointer, &x.narrow, values, columns).unwrap();
                let mut output = vec![0.0; rows];
                table.neuron(&parts, 0.25, &mut output).unwrap();
                assert_close(&output, &expected, format.name());
            }
        }
    }
}

#[test]
fn the_first_wrong_index_of_many_pieces_is_named() {
    let (rows, entries) = (20_000_u16, 50_i32);
    let pointer: Vec<i32> = (0..=rows).map(|row| i32::from(row) * entries).collect();
    let mut indices = vec![1_i32; 1_000_000];
    for place in [900_000, 300_007, 500_000] {
        indices[place] = -1;
    }
    let x = CsrParts::<f32, _>::new(&pointer, &indices, None, 3).unwrap();
    let mut output = vec![0.0; usize::from(rows)];
    let error = sigmail_core::numeric::neuron::neuron_sparse(&x, [1.0_f32; 3].as_slice(), 0.0, &mut output);
    assert!(error.unwrap_err().to_string().contains("got -1 at position 300007"));
}

#[test]
fn activations_of_a_tile_are_those_of_one_number() {
    let sums = scattered::<f32>(1000, 7).iter().map(|sum| 20.0 * sum).collect::<Vec<f32>>();
    for level in Level::available() {
        for activation in [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Identity] {
            let mut values = sums.clone();
            activation.apply(level, &mut values);
            for (z, value) in sums.iter().zip(&values) {
                let expected = activation.value(f64::from(*z));
                let close = (f64::from(*value) - expected).abs() <= 1e-6 * expected.abs();
                assert!(close, "{} {} at {z}: {value}", level.name(), activation.name());
            }
        }
    }
}

#[test]
fn rows_in_pieces_on_all_cores_give_what_each_row_gives() {
    let (rows, inputs) = (5_000, 100);
    let x = scattered::<f32>(rows * inputs, 1);
    let (first, second) = (scattered(inputs * 20, 2), scattered(20, 3));
    let (first_bias, second_bias) = (scattered(20, 4), scattered(1, 5));
    let layers = vec![
        Layer::new(&first, inputs, &first_bias, Activation::Tanh).unwrap(),
        Layer::new(&second, 20, &second_bias, Activation::Sigmoid).unwrap(),
    ];
    let network = Network::new(layers).unwrap();
    let mut whole = vec![0.0; rows];
    network.forward(&DenseView::new(&x, rows, inputs).unwrap(), &mut whole).unwrap();
    for row in (0..rows).step_by(97) {
        let mut one = [0.0];
        network.forward(&DenseView::new(&x[row * inputs..][..inputs], 1, inputs).unwrap(), &mut one).unwrap();
        assert!(one[0].to_bits() == whole[row].to_bits(), "row {row}");
    }
}
