//! Each instruction set of this processor against slow, obvious sums: rows times weights, and rows times layers.

use proptest::prelude::*;
use sigmail_core::numeric::simd::Level;
use sigmail_core::numeric::simd::dense::Pack;
use sigmail_core::numeric::{Activation, CsrView, DenseView, ForwardRows, Layer, Network};

/// Numbers of a fixed, scattered order.
fn scattered(count: usize, seed: usize) -> Vec<f32> {
    (0..count as u64).map(|i| ((i * 7919 + seed as u64 * 104_729) % 2003) as f32 / 1000.0 - 1.0).collect()
}

/// The sparse form of a dense matrix: index pointer, indices and values of its entries that are not 0.
fn sparse_parts(values: &[f32], rows: usize, columns: usize) -> (Vec<i32>, Vec<i64>, Vec<f32>) {
    let (mut pointer, mut indices, mut stored) = (vec![0], Vec::new(), Vec::new());
    for row in 0..rows {
        for (column, value) in values[row * columns..(row + 1) * columns].iter().enumerate() {
            if *value != 0.0 {
                indices.push(i64::try_from(column).unwrap());
                stored.push(*value);
            }
        }
        pointer.push(i32::try_from(indices.len()).unwrap());
    }
    (pointer, indices, stored)
}

/// row * table + bias in `f64`.
fn naive_sums(x: &[f32], rows: usize, table: &[f32], bias: &[f32]) -> Vec<f64> {
    let (inputs, outputs) = (x.len() / rows, bias.len());
    let sum = |row: usize, output: usize| {
        let terms =
            (0..inputs).map(|i| f64::from(x[row * inputs + i]) * f64::from(table[i * outputs + output]));
        f64::from(bias[output]) + terms.sum::<f64>()
    };
    (0..rows * outputs).map(|place| sum(place / outputs, place % outputs)).collect()
}

fn assert_close(actual: &[f32], expected: &[f64], what: &str) {
    for (place, (a, e)) in actual.iter().zip(expected).enumerate() {
        assert!((f64::from(*a) - e).abs() < 1e-4, "{what} at {place}: {a} instead of {e}");
    }
}

proptest! {
    #[test]
    fn products_are_the_naive_sums(columns in 0_usize..300, rows in 1_usize..11, offset in 0_usize..5, seed in 0_usize..50) {
        let all = scattered(rows * columns + offset, seed);
        let weights = scattered(columns, seed + 1);
        let mut x = all[offset..].to_vec();
        x.iter_mut().step_by(3).for_each(|value| *value = 0.0);
        let (pointer, indices, stored) = sparse_parts(&x, rows, columns);
        let dense = DenseView::new(&x, rows, columns).unwrap();
        let sparse = CsrView::new(&pointer, &indices, Some(&stored), columns).unwrap();
        let expected = if columns == 0 { vec![0.5; rows] } else { naive_sums(&x, rows, &weights, &[0.5]) };
        for level in Level::available() {
            let mut sums = vec![0.0; rows];
            ForwardRows::products(&dense, level, 0..rows, &weights, 0.5, &mut sums);
            assert_close(&sums, &expected, level.name());
            ForwardRows::products(&sparse, level, 0..rows, &weights, 0.5, &mut sums);
            assert_close(&sums, &expected, "sparse");
        }
    }

    #[test]
    fn layers_are_the_naive_sums(
        inputs in 1_usize..80, outputs in 1_usize..150, rows in 1_usize..40, seed in 0_usize..50,
    ) {
        let mut x = scattered(rows * inputs, seed);
        x.iter_mut().step_by(3).for_each(|value| *value = 0.0);
        let (table, bias) = (scattered(inputs * outputs, seed + 1), scattered(outputs, seed + 2));
        let layer = Layer::new(&table, inputs, &bias, Activation::Identity).unwrap();
        let (pointer, indices, stored) = sparse_parts(&x, rows, inputs);
        let dense = DenseView::new(&x, rows, inputs).unwrap();
        let sparse = CsrView::new(&pointer, &indices, Some(&stored), inputs).unwrap();
        let expected = naive_sums(&x, rows, &table, &bias);
        for level in Level::available() {
            let packed = level.run(Pack { weights: &table, inputs, outputs });
            let mut sums = vec![0.0; rows * outputs];
            dense.layer_sums(level, 0..rows, &layer, Some(&packed), &mut sums);
            assert_close(&sums, &expected, level.name());
            let mut unpacked = vec![0.0; rows * outputs];
            dense.layer_sums(level, 0..rows, &layer, None, &mut unpacked);
            prop_assert!(sums == unpacked, "{}: packing changed bits", level.name());
            sparse.layer_sums(level, 0..rows, &layer, None, &mut sums);
            assert_close(&sums, &expected, "sparse");
        }
    }
}

#[test]
fn activations_of_a_tile_are_those_of_one_number() {
    let sums = scattered(1000, 7).iter().map(|sum| 20.0 * sum).collect::<Vec<f32>>();
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
    let x = scattered(rows * inputs, 1);
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
