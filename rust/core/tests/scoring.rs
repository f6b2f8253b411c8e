//! What the scorer sums, held to the matrix that training sees and to the reasons that people see.

use proptest::prelude::*;
use sigmail_core::model::{Calibration, FileBytes, Model, OwnedLayer, Thresholds, file};
use sigmail_core::numeric::Activation;
use sigmail_core::text::{
    Extractor, FeatureMatrix, FeatureSpecification, HashKey, Message, Profile, vectorize,
};
use std::ops::Range;
use std::sync::Arc;

const TABLE_BITS: u32 = 10;

fn specification() -> FeatureSpecification {
    FeatureSpecification {
        version: FeatureSpecification::VERSION,
        profile: Profile::Content,
        table_bits: TABLE_BITS,
        words: true,
        folded_words: true,
        word_pairs: true,
        gram_lengths: vec![3, 5],
        gram_prefix: 300,
    }
}

/// A layer of weights between -3 and 3 that look random and are always the same.
fn layer(inputs: usize, outputs: usize, activation: Activation) -> OwnedLayer {
    let weight = |at: usize| (at * 2_654_435_761 % 6007) as f32 / 1001.0 - 3.0;
    let weights = (0..inputs * outputs).map(weight).collect::<Vec<_>>().into();
    OwnedLayer { weights, bias: (0..outputs).map(|at| weight(at + 17)).collect(), activation }
}

fn model(layers: Vec<OwnedLayer>) -> Model {
    let key = HashKey::from_bytes(*b"a key for tests.");
    let calibration = Calibration { slope: 0.75, intercept: -0.5 };
    let thresholds = Thresholds { ham_below: 0.2, spam_from: 0.9 };
    Model::new(specification(), key, layers, calibration, thresholds, serde_json::Value::Null).unwrap()
}

fn neuron() -> Model {
    model(vec![layer(1 << TABLE_BITS, 1, Activation::Sigmoid)])
}

fn network() -> Model {
    let hidden = layer(1 << TABLE_BITS, 5, Activation::Tanh);
    model(vec![hidden, layer(5, 3, Activation::Sigmoid), layer(3, 1, Activation::Sigmoid)])
}

fn learn(model: &mut Model, message: Message<'_>, is_spam: bool, rate: f64) {
    let mut extractor = Extractor::default();
    let features = model.features(message, &mut extractor);
    model.learn(features, is_spam, rate);
}

/// `X @ W + b` through every layer in `f64`, row by row: the naive twin of the scorer.
fn naive_logits(model: &Model, messages: &[Message<'_>]) -> Vec<f64> {
    let matrix = vectorize(messages, model.specification(), model.key());
    let logit = |row: Range<usize>| {
        let columns = matrix.indices[row.clone()].iter().map(|&column| column.cast_unsigned() as usize);
        let mut inputs: Vec<(usize, f64)> =
            columns.zip(matrix.values[row].iter().map(|&value| f64::from(value))).collect();
        for (index, layer) in model.layers().unmoved().iter().enumerate() {
            let outputs = layer.outputs();
            let mut sums: Vec<f64> = layer.bias.iter().map(|&bias| f64::from(bias)).collect();
            for &(input, value) in &inputs {
                for (output, sum) in sums.iter_mut().enumerate() {
                    *sum += value * f64::from(layer.weights[input * outputs + output]);
                }
            }
            if index + 1 == model.layers().unmoved().len() {
                return sums[0];
            }
            inputs = sums.into_iter().map(|z| layer.activation.value(z)).enumerate().collect();
        }
        unreachable!("a model has a layer")
    };
    rows_of(&matrix).map(logit).collect()
}

/// Where the values of each row lie.
fn rows_of(matrix: &FeatureMatrix) -> impl Iterator<Item = Range<usize>> {
    let ends = matrix.indptr.windows(2);
    ends.map(|ends| ends[0].cast_unsigned() as usize..ends[1].cast_unsigned() as usize)
}

/// Texts of words that meet again, of any characters, and mails made of them.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[a-z]{1,8}", "[A-Z]{2,8}", "viagra|VIAGRA", "\\$[0-9]{1,9}", "\\PC{1,12}"];
    prop::collection::vec(word, 0..60).prop_map(|words| words.join(" "))
}

fn mail() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![Just("plain"), Just("html")];
    (text(), text(), kind).prop_map(|(subject, body, kind)| {
        format!("Subject: {subject}\nContent-Type: text/{kind}\n\n{body}").into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_neuron_sums_the_row_that_training_sees(texts in prop::collection::vec(text(), 1..5)) {
        let (model, mut extractor) = (neuron(), Extractor::default());
        let messages: Vec<_> = texts.iter().map(|text| Message::Plain(text)).collect();
        for (&message, expected) in messages.iter().zip(naive_logits(&model, &messages)) {
            let features = extractor.extract(message, model.specification(), model.key());
            let logit = model.layers().logit(&features.groups());
            prop_assert!((logit - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{logit} {expected}");
        }
    }

    #[test]
    fn the_network_sums_the_row_that_training_sees(texts in prop::collection::vec(text(), 1..5)) {
        // Rows of the first layer are added up in f32, so that it agrees to about seven digits.
        let (model, mut extractor) = (network(), Extractor::default());
        let messages: Vec<_> = texts.iter().map(|text| Message::Plain(text)).collect();
        for (&message, expected) in messages.iter().zip(naive_logits(&model, &messages)) {
            let features = extractor.extract(message, model.specification(), model.key());
            let logit = model.layers().logit(&features.groups());
            prop_assert!((logit - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{logit} {expected}");
        }
    }

    #[test]
    fn the_matrix_has_the_features_that_the_scorer_sums_bit_for_bit(
        mails in prop::collection::vec(mail(), 0..4), texts in prop::collection::vec(text(), 0..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let model = neuron();
        let mut mails = mails;
        for mail in &mut mails {
            for (at, byte) in &damage {
                let at = at.index(mail.len());
                mail[at] = *byte;
            }
        }
        let messages: Vec<_> = mails.iter().map(|mail| Message::Mail(mail))
            .chain(texts.iter().map(|text| Message::Plain(text))).collect();
        let matrix = vectorize(&messages, model.specification(), model.key());
        let mut extractor = Extractor::default();
        for (row, &message) in rows_of(&matrix).zip(&messages) {
            let groups = model.features(message, &mut extractor).groups();
            let mut summed: Vec<(u32, u32)> = groups.iter()
                .flat_map(|group| group.slots.iter().map(|&slot| (slot, group.value.to_bits()))).collect();
            summed.sort_unstable();
            let slots = matrix.indices[row.clone()].iter().map(|slot| slot.cast_unsigned());
            let values = matrix.values[row].iter().map(|value| value.to_bits());
            prop_assert_eq!(slots.zip(values).collect::<Vec<_>>(), summed);
            // Scoring with reasons sums the same, and gives the strongest of all reasons.
            let (verdict, all) = model.explain(message, usize::MAX, &mut extractor);
            let (again, some) = model.explain(message, 3, &mut extractor);
            prop_assert_eq!(verdict, again);
            prop_assert_eq!(&some.reasons[..], &all.reasons[..all.reasons.len().min(3)]);
            prop_assert_eq!(model.explain_many(&[message], 3), [(again, some)]);
        }
    }

    #[test]
    fn reasons_add_up_to_the_logit_of_the_verdict(mail in mail(), plain in text()) {
        let mut extractor = Extractor::default();
        for model in [neuron(), network()] {
            for message in [Message::Mail(&mail), Message::Plain(&plain)] {
                let (verdict, sum) = model.explain(message, usize::MAX, &mut extractor);
                prop_assert_eq!(verdict, model.classify(message, &mut extractor));
                let total = sum.bias + sum.reasons.iter().map(|reason| reason.weight).sum::<f64>();
                prop_assert!((total - sum.logit).abs() < 1e-9, "{total} {}", sum.logit);
                prop_assert!((1.0 / (1.0 + (-sum.logit).exp()) - verdict.probability).abs() < 1e-12);
                prop_assert!(sum.reasons.is_sorted_by(|a, b| a.weight.abs() >= b.weight.abs()));
            }
        }
    }

    #[test]
    fn the_bias_of_a_neuron_is_the_same_for_every_message(mail in mail()) {
        let (model, mut extractor) = (neuron(), Extractor::default());
        let (_, empty) = model.explain(Message::Plain(""), usize::MAX, &mut extractor);
        let (_, sum) = model.explain(Message::Mail(&mail), usize::MAX, &mut extractor);
        prop_assert!(empty.reasons.is_empty());
        prop_assert!((sum.bias - empty.bias).abs() < 1e-9);
    }

    #[test]
    fn many_verdicts_are_single_verdicts_whatever_was_read_before(mails in prop::collection::vec(mail(), 0..9)) {
        let model = neuron();
        let messages: Vec<_> = mails.iter().map(|mail| Message::Mail(mail)).collect();
        let single: Vec<_> =
            messages.iter().map(|&message| model.classify(message, &mut Extractor::default())).collect();
        let mut used = Extractor::default();
        let used: Vec<_> = messages.iter().map(|&message| model.classify(message, &mut used)).collect();
        prop_assert_eq!(&model.classify_many(&messages), &single);
        prop_assert_eq!(used, single);
    }

    #[test]
    fn rows_have_rising_columns_and_a_length_that_few_features_lessen(texts in prop::collection::vec(text(), 0..5)) {
        let messages: Vec<_> = texts.iter().map(|text| Message::Plain(text)).collect();
        let matrix = vectorize(&messages, &specification(), HashKey::from_bytes([7; 16]));
        prop_assert_eq!(matrix.indptr.len(), texts.len() + 1);
        let mut extractor = Extractor::default();
        for (row, &message) in rows_of(&matrix).zip(&messages) {
            prop_assert!(matrix.indices[row.clone()].is_sorted_by(|a, b| a < b));
            let square: f64 = matrix.values[row].iter().map(|&v| f64::from(v) * f64::from(v)).sum();
            let features = extractor.extract(message, &specification(), HashKey::from_bytes([7; 16]));
            let sizes = features.groups().map(|group| group.slots.len() as f64);
            let families = sizes.iter().filter(|&&size| size > 0.0).count().max(1) as f64;
            let expected: f64 = sizes.iter().map(|size| size / (size + 30.0) / families).sum();
            prop_assert!((square - expected).abs() < 1e-5 && square < 1.0, "{square} {expected}");
        }
    }

    #[test]
    fn any_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let verdict = neuron().classify(Message::Mail(&bytes), &mut Extractor::default());
        prop_assert!((0.0..=1.0).contains(&verdict.probability));
    }
}

#[test]
fn a_lesson_moves_the_verdict_to_its_label_and_spares_other_words() {
    for mut model in [neuron(), network()] {
        let mut extractor = Extractor::default();
        let lesson = Message::Plain("the quick brown fox jumps over the lazy dog");
        let other = Message::Plain("0123456789");
        let mut probability = |model: &Model, message| model.classify(message, &mut extractor).probability;
        for is_spam in [true, false] {
            let (before, other_before) = (probability(&model, lesson), probability(&model, other));
            for _ in 0..20 {
                learn(&mut model, lesson, is_spam, 0.5);
            }
            let (after, other_after) = (probability(&model, lesson), probability(&model, other));
            assert!(if is_spam { after > before } else { after < before }, "{before} -> {after}");
            assert!((after - before).abs() > 2.0 * (other_after - other_before).abs());
        }
    }
}

#[test]
fn a_lesson_gives_the_model_a_new_name_and_its_file_keeps_it() {
    for mut model in [neuron(), network()] {
        let before = model.identity();
        learn(&mut model, Message::Plain("hello there"), true, 1.0);
        assert_ne!(model.identity(), before);
        let again = file::read(&(Arc::new(file::write(&model).unwrap()) as FileBytes)).unwrap();
        assert_eq!((again.identity(), again.layers()), (model.identity(), model.layers()));
    }
}
