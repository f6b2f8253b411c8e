//! Each instruction set of this processor against the slow, obvious sigmoid.

use proptest::prelude::*;
use sigmail_core::numeric::sigmoid::{
    sigmoid_derivative_f64, sigmoid_derivative_with, sigmoid_f64, sigmoid_with,
};
use sigmail_core::numeric::simd::Level;

/// The distance from the exact value, in units of the last place of an `f32`.
fn ulps_single(actual: f32, exact: f64) -> f64 {
    let exponent = ((exact.to_bits() >> 52) as i32 - 1023).max(f32::MIN_EXP - 1);
    (f64::from(actual) - exact).abs() / 2_f64.powi(exponent - 23)
}

/// The distance of two `f64` of one sign, in numbers between them.
fn steps_double(actual: f64, expected: f64) -> u64 {
    actual.to_bits().abs_diff(expected.to_bits())
}

proptest! {
    #[test]
    fn single_is_within_one_ulp(
        values in prop::collection::vec(prop_oneof![-20.0_f32..20.0, -120.0_f32..120.0, any::<f32>()], 0..=300),
        offset in 0_usize..17,
    ) {
        let input = &values[offset.min(values.len())..];
        for level in Level::available() {
            let mut output = vec![0.0; input.len() + offset];
            sigmoid_with(level, input, &mut output[offset..]).unwrap();
            for (&x, &y) in input.iter().zip(&output[offset..]) {
                let exact = sigmoid_f64(f64::from(x));
                prop_assert!(x.is_nan() == y.is_nan(), "{} at {x:e}", level.name());
                prop_assert!(x.is_nan() || ulps_single(y, exact) <= 1.0, "{} at {x:e}: {y:e}", level.name());
            }
        }
    }

    #[test]
    fn double_is_within_two_steps_of_the_plain_formula(
        values in prop::collection::vec(prop_oneof![-20.0_f64..20.0, -760.0_f64..760.0, any::<f64>()], 0..=300),
        offset in 0_usize..9,
    ) {
        let input = &values[offset.min(values.len())..];
        for level in Level::available() {
            let mut output = vec![0.0; input.len() + offset];
            sigmoid_with(level, input, &mut output[offset..]).unwrap();
            for (&x, &y) in input.iter().zip(&output[offset..]) {
                prop_assert!(x.is_nan() == y.is_nan(), "{} at {x:e}", level.name());
                let close = x.is_nan() || steps_double(y, sigmoid_f64(x)) <= 2;
                prop_assert!(close, "{} at {x:e}: {y:e}", level.name());
            }
        }
    }

    #[test]
    fn derivative_is_within_a_few_steps(
        values in prop::collection::vec(prop_oneof![-20.0_f64..20.0, -760.0_f64..760.0], 0..=300),
        offset in 0_usize..17,
    ) {
        let values = &values[offset.min(values.len())..];
        let single: Vec<f32> = values.iter().map(|x| (*x / 8.0) as f32).collect();
        for level in Level::available() {
            let mut output = vec![0.0; values.len() + offset];
            sigmoid_derivative_with(level, values, &mut output[offset..]).unwrap();
            for (&x, &y) in values.iter().zip(&output[offset..]) {
                let expected = sigmoid_derivative_f64(x);
                prop_assert!(steps_double(y, expected) <= 4, "{} at {x:e}: {y:e}", level.name());
            }
            let mut output = vec![0.0; single.len() + offset];
            sigmoid_derivative_with(level, &single, &mut output[offset..]).unwrap();
            for (&x, &y) in single.iter().zip(&output[offset..]) {
                let exact = sigmoid_derivative_f64(f64::from(x));
                prop_assert!(ulps_single(y, exact) <= 2.0, "{} at {x:e}: {y:e}", level.name());
            }
        }
    }
}

#[test]
fn long_slices_past_the_caches_give_the_same_bits() {
    let input: Vec<f32> = (0..1_200_003_u64).map(|i| ((i * 7919) % 40_000) as f32 / 1000.0 - 20.0).collect();
    for level in Level::available() {
        let mut whole = vec![0.0; input.len()];
        sigmoid_with(level, &input, &mut whole).unwrap();
        let mut pieces = vec![0.0; input.len()];
        for (source, target) in input.chunks(1001).zip(pieces.chunks_mut(1001)) {
            sigmoid_with(level, source, target).unwrap();
        }
        assert!(whole == pieces, "{}", level.name());
    }
}

#[test]
fn a_set_that_the_processor_lacks_is_refused_by_name() {
    let error = Level::choose("mmx").unwrap_err().to_string();
    assert!(error.contains("portable") && error.contains("'mmx'"), "{error}");
}
