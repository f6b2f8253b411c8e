//! How far the chord of the powers of 2 lies above their curve: the one table of the exponential.

/// (1 + j / 32) / 2^(j / 32) - 1, computed with 60 decimal digits and rounded once.
const EXCESS: [f64; 32] = [
    0.0,
    0.009_152_439_027_940_764,
    0.017_453_485_742_234_5,
    0.024_935_424_904_070_257,
    0.031_629_548_605_255_14,
    0.037_566_183_986_171_34,
    0.042_774_720_221_646_57,
    0.047_283_634_793_384_98,
    0.051_120_519_067_143_176,
    0.054_312_103_192_383_73,
    0.056_884_280_341_698_14,
    0.058_862_130_306_861_236,
    0.060_269_942_467_959_32,
    0.061_131_238_151_625_36,
    0.061_468_792_394_015_13,
    0.061_304_655_123_768_61,
    0.060_660_171_779_821_29,
    0.059_556_003_378_558_84,
    0.058_012_146_044_447_446,
    0.056_047_950_017_918_846,
    0.053_682_138_153_945_354,
    0.050_932_823_924_404_076,
    0.047_817_528_937_002_17,
    0.044_353_199_983_215_44,
    0.040_556_225_627_380_93,
    0.036_442_452_348_779_97,
    0.032_027_200_248_251_814,
    0.027_325_278_330_588_433,
    0.022_350_999_373_679_056,
    0.017_118_194_395_097_51,
    0.011_640_226_726_557_158,
    0.005_930_005_706_396_105,
];

/// (1 + j / N) / 2^(j / N) - 1 as `f32`.
pub const fn single<const N: usize>() -> [f32; N] {
    let mut result = [0.0; N];
    let mut j = 0;
    while j < N {
        result[j] = EXCESS[j * (32 / N)] as f32;
        j += 1;
    }
    result
}

/// (1 + j / N) / 2^(j / N) - 1 as `f64`.
pub const fn double<const N: usize>() -> [f64; N] {
    let mut result = [0.0; N];
    let mut j = 0;
    while j < N {
        result[j] = EXCESS[j * (32 / N)];
        j += 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_the_formula() {
        for (j, excess) in EXCESS.iter().enumerate() {
            let share = j as f64 / 32.0;
            let expected = (share.ln_1p() - share * std::f64::consts::LN_2).exp_m1();
            assert!((excess - expected).abs() < 1e-15, "at {j}: {excess:e} and {expected:e}");
        }
    }
}
