//! Each kernel on its own, with each instruction set of this processor where it can be chosen: `make bench-core`.
//!
//! `sigmail bench` sets the kernels beside other libraries; these measurements show what a change to one of them did.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use sigmail_core::numeric::neuron::{neuron, neuron_sparse};
use sigmail_core::numeric::sigmoid::{sigmoid_derivative_with, sigmoid_with};
use sigmail_core::numeric::simd::Level;
use sigmail_core::numeric::{
    Activation, CompactWeights, CsrParts, DenseView, Float, Format, Layer, Network, gather_sum,
};

/// Numbers from -4 to 4 in a fixed, scattered order.
fn scattered<T: Float>(count: usize) -> Vec<T> {
    (0..count as u64).map(|i| T::from_f64((i * 7919 % 8009) as f64 / 1001.0 - 4.0)).collect()
}

/// Columns of which the small ones are the most frequent, in a scattered order.
fn columns(count: usize, most: usize) -> Vec<i32> {
    // Each doubling of the range holds as many entries as the one before.
    let rank = |i: usize| i * 7919 % (1 << (i % (most.ilog2() as usize + 1)));
    (0..count).map(|i| i32::try_from(rank(i) * 7919 % most).unwrap_or(0)).collect()
}

fn elementwise<T: Float>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (input, mut output) = (scattered::<T>(100_000), vec![T::default(); 100_000]);
    group.throughput(Throughput::Elements(input.len() as u64));
    for level in Level::available() {
        group.bench_function(format!("sigmoid {} {}", T::NAME, level.name()), |bencher| {
            bencher.iter(|| sigmoid_with(level, black_box(&input), &mut output));
        });
        group.bench_function(format!("derivative {} {}", T::NAME, level.name()), |bencher| {
            bencher.iter(|| sigmoid_derivative_with(level, black_box(&input), &mut output));
        });
    }
}

fn dense(group: &mut BenchmarkGroup<'_, WallTime>) {
    for (rows, columns) in [(10_000, 64), (1000, 1000)] {
        let (x, weights) = (scattered::<f32>(rows * columns), scattered::<f32>(columns));
        let x = DenseView::new(&x, rows, columns).expect("the sizes fit");
        let mut output = vec![0.0; rows];
        group.throughput(Throughput::Elements((rows * columns) as u64));
        group.bench_function(format!("dense neuron {rows} x {columns}"), |bencher| {
            bencher.iter(|| neuron(black_box(&x), &weights, 0.25, &mut output));
        });
    }
}

fn sparse(group: &mut BenchmarkGroup<'_, WallTime>) {
    const ROWS: usize = 5000;
    const ENTRIES: usize = 150;
    const COLUMNS: usize = 1 << 18;
    let ends: Vec<i32> = (0..=ROWS).map(|row| i32::try_from(row * ENTRIES).unwrap_or(0)).collect();
    let indices = columns(ROWS * ENTRIES, COLUMNS);
    let (values, weights) = (scattered::<f32>(indices.len()), scattered::<f32>(COLUMNS));
    let mut output = vec![0.0; ROWS];
    group.throughput(Throughput::Elements(indices.len() as u64));
    for (name, values) in [("values", Some(values.as_slice())), ("binary", None)] {
        let x = CsrParts::new(&ends, &indices, values, COLUMNS).expect("the sizes fit");
        group.bench_function(format!("CSR neuron, {name}"), |bencher| {
            bencher.iter(|| neuron_sparse(black_box(&x), weights.as_slice(), 0.25, &mut output));
        });
        for format in [Format::Brain, Format::Byte] {
            let table = CompactWeights::new(&weights, format).expect("the weights are finite");
            group.bench_function(format!("CSR neuron, {name}, {}", format.name()), |bencher| {
                bencher.iter(|| table.neuron(black_box(&x), 0.25, &mut output));
            });
        }
    }
    let slots: Vec<u32> = indices.iter().map(|index| index.cast_unsigned()).collect();
    group.bench_function("gathered sum", |bencher| bencher.iter(|| gather_sum(&weights, black_box(&slots))));
}

fn network(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (rows, inputs, hidden) = (1000, 1000, 64);
    let x = scattered::<f32>(rows * inputs);
    let x = DenseView::new(&x, rows, inputs).expect("the sizes fit");
    let (first, second) = (scattered::<f32>(inputs * hidden), scattered::<f32>(hidden));
    let (bias, last_bias) = (scattered::<f32>(hidden), [0.25_f32]);
    let layers = [(&first, inputs, bias.as_slice()), (&second, hidden, &last_bias)];
    let layers = layers.map(|(weights, inputs, bias)| Layer::new(weights, inputs, bias, Activation::Sigmoid));
    let network = Network::new(layers.into_iter().collect::<Result<_, _>>().expect("the sizes fit"))
        .expect("the layers fit");
    let mut output = vec![0.0; rows];
    group.throughput(Throughput::Elements((rows * (inputs * hidden + hidden)) as u64));
    group.bench_function("network 1000-64-1, forward", |bencher| {
        bencher.iter(|| network.forward(black_box(&x), &mut output));
    });
    let targets: Vec<f64> = (0..rows).map(|row| f64::from(u8::from(row % 2 == 0))).collect();
    group.bench_function("network 1000-64-1, loss and gradient", |bencher| {
        bencher.iter(|| network.loss_gradient(black_box(&x), &targets, None));
    });
}

fn kernels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kernels");
    group.sample_size(20);
    group.warm_up_time(std::time::Duration::from_millis(200));
    group.measurement_time(std::time::Duration::from_millis(800));
    elementwise::<f32>(&mut group);
    elementwise::<f64>(&mut group);
    dense(&mut group);
    sparse(&mut group);
    network(&mut group);
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
