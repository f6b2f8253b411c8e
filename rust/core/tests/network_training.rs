//! The training of a network, held to the kernel's gradient and to what it must learn.

use sigmail_core::numeric::{Activation, DenseView, Layer, Network};
use sigmail_core::training::Examples;
use sigmail_core::training::network::{NetworkTraining, Settings, TrainedLayer};
use sigmail_core::training::optimizer::{Optimizer, Parameters};

const XOR: [f64; 8] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
const TARGETS: [f64; 4] = [0.0, 1.0, 1.0, 0.0];

fn parameters(values: &[f64]) -> Parameters<f64> {
    Parameters::new(values.to_vec(), vec![0.0; values.len()], vec![0.0; values.len()]).unwrap()
}

fn network(activation: Activation) -> NetworkTraining<f64> {
    let first = TrainedLayer {
        weights: parameters(&[0.9, -0.7, 0.4, 0.6, -0.8, 0.5]),
        bias: parameters(&[0.1, 0.2, -0.1]),
        activation,
    };
    let weights = parameters(&[0.7, -0.6, 0.5]);
    let last = TrainedLayer { weights, bias: parameters(&[0.05]), activation: Activation::Sigmoid };
    NetworkTraining::new(vec![first, last], 0).unwrap()
}

fn examples(weights: [f64; 4]) -> Examples<f64> {
    Examples::new(&DenseView::new(&XOR, 4, 2).unwrap(), TARGETS.to_vec(), weights.to_vec()).unwrap()
}

fn settings(optimizer: Optimizer) -> Settings {
    Settings { optimizer, batch_size: 4, alpha: 0.0, dropout: 0.0, seed: 0 }
}

#[test]
fn plain_step_is_the_kernels_gradient() {
    let sample_weights = [1.0, 2.0, 0.5, 1.5];
    for activation in [Activation::Sigmoid, Activation::Tanh, Activation::Relu] {
        let mut training = network(activation);
        let before: Vec<_> = training.layers().to_vec();
        let plain = settings(Optimizer::Momentum { learning_rate: 1.0, momentum: 0.0 });
        let loss = training.learn(&examples(sample_weights), &[0, 1, 2, 3], &plain).unwrap();
        let layers = before
            .iter()
            .zip([2, 3])
            .map(|(layer, inputs)| {
                Layer::new(&layer.weights.values, inputs, &layer.bias.values, layer.activation).unwrap()
            })
            .collect();
        let x = DenseView::new(&XOR, 4, 2).unwrap();
        let kernel = Network::new(layers).unwrap();
        let (expected, gradients) = kernel.loss_gradient(&x, &TARGETS, Some(&sample_weights)).unwrap();
        assert!((loss - expected).abs() < 1e-12);
        for ((old, new), gradient) in before.iter().zip(training.layers()).zip(gradients) {
            let parts = [
                (&old.weights.values, &new.weights.values, gradient.weights),
                (&old.bias.values, &new.bias.values, gradient.bias),
            ];
            for (old, new, slopes) in parts {
                for ((old, new), slope) in old.iter().zip(new).zip(slopes) {
                    assert!((old - new - slope).abs() < 1e-12, "{activation:?}");
                }
            }
        }
    }
}

#[test]
fn exclusive_or_is_learnt() {
    for optimizer in
        [Optimizer::Adam { learning_rate: 0.05 }, Optimizer::Momentum { learning_rate: 0.5, momentum: 0.9 }]
    {
        let mut training = network(Activation::Tanh);
        let mut loss = f64::INFINITY;
        for _ in 0..2000 {
            loss = training.learn(&examples([1.0; 4]), &[0, 1, 2, 3], &settings(optimizer)).unwrap();
        }
        assert!(loss < 0.01, "{optimizer:?}: {loss}");
        assert_eq!(training.steps(), 2000);
    }
}

#[test]
fn an_input_that_a_batch_lacks_keeps_its_weights_and_moments() {
    let mut training = network(Activation::Tanh);
    let before = training.layers()[0].weights.clone();
    let adam = Settings { alpha: 0.5, ..settings(Optimizer::Adam { learning_rate: 0.05 }) };
    training.learn(&examples([1.0; 4]), &[1, 1], &adam).unwrap(); // The row (0, 1).
    let after = &training.layers()[0].weights;
    assert_eq!(before.values[..3], after.values[..3]);
    assert_eq!(after.means[..3], [0.0; 3]);
    assert!((3..6).all(|place| before.values[place].to_bits() != after.values[place].to_bits()));
}

#[test]
fn dropout_hangs_on_its_seed() {
    let learn = |seed| {
        let mut training = network(Activation::Tanh);
        let adam = Settings { dropout: 0.5, seed, ..settings(Optimizer::Adam { learning_rate: 0.05 }) };
        training.learn(&examples([1.0; 4]), &[0, 1, 2, 3], &adam).unwrap();
        training
    };
    assert_eq!(learn(1), learn(1));
    assert_ne!(learn(1), learn(2));
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let mut layers = network(Activation::Tanh).layers().to_vec();
    layers[1].weights = parameters(&[1.0]);
    let error = NetworkTraining::new(layers.clone(), 0).unwrap_err().to_string();
    assert_eq!(error, "expected 3 weights of a layer, inputs times neurons, got 1");
    layers.pop();
    let error = NetworkTraining::new(layers, 0).unwrap_err().to_string();
    assert!(error.contains("one sigmoid neuron"), "{error}");
}
